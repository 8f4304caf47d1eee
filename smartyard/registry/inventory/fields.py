"""The types that fields of an inventory's rows are made of; what is wrong is said in Russian."""

import re
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from smartyard.registry.panels.codes import normal
from smartyard.shapes import Id
from smartyard.sheets import FILLED, Label, OneLine


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or "#" in value or any(char.isspace() for char in value):
        raise ValueError("нужен адрес вида http://host или https://host:port/путь")
    if not value.isascii():
        raise ValueError("в адресе не бывает русских букв: имя пишется как xn--…, путь — как %D0…")
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


Stream = Annotated[OneLine, FILLED, AfterValidator(_stream)]
Url = Annotated[OneLine, FILLED, AfterValidator(_base_url)]
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
