"""The types that fields of an inventory's rows are made of; what is wrong is said in Russian."""

import re
import unicodedata
from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from smartyard.registry.panels.codes import normal
from smartyard.shapes import Id, Line, Name

_DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]+)?", re.ASCII)
_YES, _NO = ("t", "true", "1", "да", "yes"), ("f", "false", "0", "нет", "no")


def _printable(value: Any) -> Any:
    """Control characters would break players, tables and terminals; surrogates the database."""
    if isinstance(value, str) and any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ValueError("есть знаки, которые нельзя хранить (перевод строки, табуляция и т. п.)")
    return value


def _filled(value: str) -> str:
    if not value:
        raise ValueError("не указано")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or "#" in value or any(char.isspace() for char in value):
        raise ValueError("нужен адрес вида http://host или https://host:port/путь")
    return value


def _base_url(value: str) -> str:
    """An address to which paths are added: no query, no slash at its end."""
    if "?" in value:
        raise ValueError("нужен адрес вида http://host или https://host:port/путь")
    return _web_address(value).rstrip("/")


def _device(value: str) -> str:
    """Whatever a device is called by; who may call it is told in fields that are kept sealed."""
    if value and "@" in urlsplit(_web_address(value)).netloc:
        raise ValueError("логин и пароль пишутся не в адресе, а в login и password")
    return value


def _sip(value: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z0-9._+-]{0,64}", value, re.ASCII):
        raise ValueError("нужен номер SIP: до 64 латинских букв, цифр и знаков . _ + -")
    return value or None


def _dtmf(value: str) -> str:
    if not re.fullmatch(r"[0-9*#]{1,4}", value, re.ASCII):
        raise ValueError("нужны от 1 до 4 знаков из 0-9, * и #")
    return value


def _ip(value: str) -> str | None:
    try:
        return str(ip_address(value)) if value else None
    except ValueError:
        raise ValueError("нужен IP-адрес") from None


def _login(value: str) -> str:
    if ":" in value:
        raise ValueError("в логине не бывает двоеточия")
    return value


def _key_code(value: str) -> str:
    code = normal(value)
    if code is None:
        raise ValueError("нужен код ключа: от 6 до 14 шестнадцатеричных цифр")
    return code


def _or_none(value: str | None) -> str | None:
    return value or None


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


def _stream(value: str) -> str:
    if value.startswith("/") or value.endswith("/"):
        raise ValueError("имя потока не начинается и не заканчивается косой чертой")
    if "?" in value or "#" in value:
        raise ValueError("в имени потока не бывает ? и #")
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
Stream = Annotated[OneLine, AfterValidator(_filled), AfterValidator(_stream)]
Url = Annotated[OneLine, AfterValidator(_filled), AfterValidator(_base_url)]
Latitude = Annotated[OneLine, AfterValidator(_degrees(90))]
Longitude = Annotated[OneLine, AfterValidator(_degrees(180))]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Output = Annotated[Id, Field(le=99)]
DeviceUrl = Annotated[OneLine, AfterValidator(_device)]
UPPER = BeforeValidator(_upper)
OR_NONE = AfterValidator(_or_none)
Entrance = Annotated[Label | None, OR_NONE]
SipNumber = Annotated[OneLine, AfterValidator(_sip)]
Dtmf = Annotated[OneLine, AfterValidator(_dtmf)]
IpAddress = Annotated[OneLine, AfterValidator(_ip)]
KeyCode = Annotated[OneLine, AfterValidator(_key_code)]
Login = Annotated[Label, AfterValidator(_login)]
