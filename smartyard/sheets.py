"""Files of the operator: CSV as rows with their lines, the types of cells, and what is wrong, told
in Russian."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError
from pydantic_core import ErrorDetails

from smartyard.shapes import Line, Name

R = TypeVar("R", bound=BaseModel)
_DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]+)?", re.ASCII)
_YES, _NO = ("t", "true", "1", "да", "yes"), ("f", "false", "0", "нет", "no")


@dataclass(frozen=True, order=True)
class Problem:
    """`line` is where the row begins in the file, 0 when the whole file is meant."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"строка {self.line}: {self.text}" if self.line else self.text


class FileRefused(Exception):
    """Nothing was written; `problems` are all the reasons, by line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems in a file")
        self.problems = sorted(set(problems))


@dataclass(frozen=True)
class RowResult:
    """What became of one row of many; `reason` of a refusal is for whose row it is."""

    line: int
    id: str
    result: Literal["added", "changed", "same", "refused"]
    reason: str = ""


def refuse(text: str, line: int = 0) -> NoReturn:
    """For one reason."""
    raise FileRefused([Problem(line, text)])


def text_of(content: bytes) -> str:
    """Raises FileRefused for what is no UTF-8, or nothing."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("Файл не в UTF-8. Сохраните его заново: в Excel это тип «CSV UTF-8».")
    if not text.strip():
        refuse("Файл пуст.")
    return text


@dataclass
class Table:
    """`rows` are those that have as many cells as there are columns, each with its line."""

    heading: int
    columns: list[str]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def table(text: str) -> Table:
    """CSV with commas or semicolons; blank rows are left out. Raises FileRefused for what is no
    CSV."""
    header = text.lstrip().splitlines()[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",", strict=True
    )
    lines = _lines(reader)
    try:
        heading, first = next(lines)
        found = Table(heading, [cell.strip().lower() for cell in first])
        for line, cells in lines:
            if len(cells) != len(found.columns):
                uneven = f"ячеек {len(cells)}, а столбцов {len(found.columns)}"
                found.problems.append(Problem(line, uneven))
            else:
                found.rows.append((line, cells))
    except csv.Error:
        refuse("это не CSV: проверьте кавычки", reader.line_num)
    return found


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line where it begins."""
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield before + 1, cells
        before = reader.line_num


def wrong_columns(
    columns: Sequence[str], kind: str, known: Collection[str], needed: Collection[str]
) -> Iterator[str]:
    """What is wrong with the heading of a table of this kind."""
    for name in sorted(set(columns)):
        if name not in known:
            yield f"{kind}: неизвестный столбец {name or '(без имени)'}"
        elif columns.count(name) > 1:
            yield f"{kind}: столбец {name} повторяется"
    for name in sorted(set(needed) - set(columns)):
        yield f"{kind}: нет столбца {name}"


def rows_of(
    told: Table, kind: str, shape: type[R], *, key: Callable[[R], object], repeated: str
) -> list[tuple[int, R]]:
    """Every row of a table of this kind as a shape of which each field is a column, with its line.
    Two rows may not have one `key`; `repeated` says what they have in common. Raises FileRefused
    with all that is wrong."""
    needed = [name for name, one in shape.model_fields.items() if one.is_required()]
    wrong = list(wrong_columns(told.columns, kind, shape.model_fields, needed))
    if wrong:
        raise FileRefused([Problem(told.heading, text) for text in wrong])
    problems, seen, found = list(told.problems), dict[object, int](), []
    for line, cells in told.rows:
        try:
            row = shape.model_validate(dict(zip(told.columns, cells, strict=True)))
        except ValidationError as error:
            reasons = dict.fromkeys(reason(one, {}) for one in error.errors(include_url=False))
            problems.append(Problem(line, "; ".join(reasons)))
            continue
        if key(row) in seen:
            problems.append(Problem(line, f"{repeated} уже есть в строке {seen[key(row)]}"))
        seen.setdefault(key(row), line)
        found.append((line, row))
    if problems:
        raise FileRefused(problems)
    return found


def _printable(value: Any) -> Any:
    """Control characters would break players, tables and terminals; surrogates the database."""
    if isinstance(value, str) and any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ValueError("есть знаки, которые нельзя хранить (перевод строки, табуляция и т. п.)")
    return value


def _filled(value: str) -> str:
    if not value:
        raise ValueError("не указано")
    return value


def _degrees(most: int) -> Callable[[str], str]:
    """Decimal text within the range; Excel in Russia writes a comma."""

    def checked(value: str) -> str:
        value = value.replace(",", ".")
        if value and (not _DECIMAL.fullmatch(value) or abs(float(value)) > most):
            raise ValueError(f"нужна десятичная дробь от -{most} до {most}")
        return value

    return checked


def _yes_or_no(value: Any) -> Any:
    word = str(value).strip().lower()
    if word in _YES + _NO:
        return word in _YES
    raise ValueError("нужно t или f")


OneLine = Annotated[Line, BeforeValidator(_printable)]
Label = Annotated[Name, BeforeValidator(_printable)]
Key = Annotated[Label, AfterValidator(_filled)]
FILLED = AfterValidator(_filled)
"""Of a text that cannot be left out."""
Latitude = Annotated[OneLine, AfterValidator(_degrees(90))]
Longitude = Annotated[OneLine, AfterValidator(_degrees(180))]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]

_WORDS = {
    "missing": "не указано",
    "extra_forbidden": "такого поля нет",
    "list_type": "нужен список чисел",
    "string_type": "нужна строка",
}


def reason(error: ErrorDetails, numbers: Mapping[str, int]) -> str:
    """pydantic's finding as `field: what to do`, without the value. `numbers` are the fields that
    hold a whole number, each with the largest that it takes."""
    where = [str(part) for part in error["loc"]]
    if error["type"] == "value_error" and not where:
        return str(error["ctx"]["error"])
    return f"{where[0]}: {_what(error, numbers.get(where[0]))}"


def _what(error: ErrorDetails, largest: int | None) -> str:
    kind, context = error["type"], error.get("ctx", {})
    words = str(context.get("error", ""))
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "literal_error":
        return f"допустимо: {str(context['expected']).replace(' or ', ', ')}"
    if "max_length" in context:
        return f"длиннее {context['max_length']} знаков"
    if words and not words.isascii():  # ours; what `shapes` say is for nobody's eyes
        return words
    return "нужна строка" if largest is None else f"нужно целое число от 0 до {largest}"
