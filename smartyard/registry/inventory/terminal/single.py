"""One thing at a time, for who has no file at hand: each command is an import of one row."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from smartyard.commands import OperatorGroup, actor, show, telling
from smartyard.registry.inventory.difference import Difference
from smartyard.registry.inventory.listing import KEYS
from smartyard.registry.inventory.problems import InventoryRefused, Problem, reason
from smartyard.registry.inventory.reading import LISTS
from smartyard.registry.inventory.rows import KINDS
from smartyard.registry.inventory.service import InventoryService

ONE: Mapping[str, str] = {kind.removesuffix("s").replace("_", "-"): kind for kind in KINDS}
"""The kinds as one thing of each is called."""

_NAME = "КЛЮЧ"


def kind_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("kind", metavar="ЧТО", type=click.Choice(list(ONE)))(command)


def _fields_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("fields", metavar="ПОЛЕ=ЗНАЧЕНИЕ...", nargs=-1, required=True)(command)


def add_commands(group: OperatorGroup, inventory: InventoryService) -> None:
    """`add`, `set` and `remove`."""

    @group.command("add")
    @kind_argument
    @_fields_argument
    def _add(kind: str, fields: Sequence[str]) -> None:
        """Добавить одно. `add panel id=7 model=beward address=http://10.0.0.7 login=admin
        password=-`; поля те же, что в файлах; списки — через пробел; вместо password=- пароль
        спросят или возьмут из стандартного ввода."""
        with telling():
            _say(inventory.add(ONE[kind], _values(ONE[kind], fields), actor=actor()))

    @group.command("set")
    @kind_argument
    @click.argument("name", metavar=_NAME)
    @_fields_argument
    def _set(kind: str, name: str, fields: Sequence[str]) -> None:
        """Изменить поля одного, остальные не трогать. `set door 101/7/0 icon=gate`."""
        with telling():
            key, values = key_of(ONE[kind], name), _values(ONE[kind], fields)
            _say(inventory.change(ONE[kind], key, values, actor=actor()))

    @group.command("remove")
    @kind_argument
    @click.argument("name", metavar=_NAME)
    def _remove(kind: str, name: str) -> None:
        """Удалить одно. `remove panel 7`, `remove door 101/7/0`, `remove key 0A1B2C3D/10112`."""
        with telling():
            _say(inventory.remove(ONE[kind], [key_of(ONE[kind], name)], actor=actor()))


def key_of(kind: str, name: str) -> Any:
    """What names a thing, as it is written: parts with slashes between. Raises InventoryRefused."""
    names = KEYS[kind]
    parts = name.split("/") if len(names) > 1 else [name]
    if len(parts) != len(names):
        _refuse(kind, f"пишется как {'/'.join(names)}")
    values = [_part(kind, field, part) for field, part in zip(names, parts, strict=True)]
    return tuple(values) if len(values) > 1 else values[0]


def _part(kind: str, field: str, text: str) -> Any:
    shape: TypeAdapter[Any] = TypeAdapter(KINDS[kind].model_fields[field].rebuild_annotation())
    try:
        return shape.validate_python(text)
    except ValidationError as wrong:
        (error,) = wrong.errors(include_url=False)
        return _refuse(kind, reason({**error, "loc": (field,)}))


def _values(kind: str, fields: Sequence[str]) -> dict[str, Any]:
    """The fields of a row. An empty value is told, too: it takes away what was there."""
    values: dict[str, Any] = {}
    for field in fields:
        name, told_it, value = field.partition("=")
        if not told_it:
            _refuse(kind, f"{name}: нужно {name}=значение")
        if name in values:
            _refuse(kind, f"поле {name} повторяется")
        if name in KINDS[kind].secrets and value == "-":
            value = _asked(name)
        values[name] = value.split() if name in LISTS else value
    return values


def _asked(name: str) -> str:
    """What is not to stand in the shell's history."""
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _refuse(kind: str, text: str) -> Any:
    raise InventoryRefused([Problem(0, f"{KINDS[kind].noun}: {text}")])


def _say(changes: Difference) -> None:
    show(changes.lines())
    show(changes.counts())
