"""Settings of what stands in the menus of the apps, and of what they are told at their start."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from smartyard.config.types import HttpUrl, Names


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [one for one in value if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?", one)]
    if wrong:
        raise ValueError("must be addresses as in https://www.example.com, without a path")
    return value


class MenuSettings(BaseSettings):
    """The menus, and `ext/options`."""

    # the call to support, over the PBX of SIP_SERVER: an extension of its own, which may dial this
    # number and no other; unset, the apps have no such line
    help_dial: str = Field(default="", pattern="^[0-9+*#]{0,20}$")
    help_extension: str = Field(default="", pattern="^[0-9A-Za-z_.-]{0,40}$")
    help_pass: SecretStr = SecretStr("")

    # what the apps show
    city_cams: bool = True
    pay_tab: bool = True  # where there is a bank, or a page to pay on
    payments_url: HttpUrl = ""
    support_phone: str = Field(default="", pattern="^[0-9+() -]{0,30}$")
    chat_url: HttpUrl = ""
    chat_id: str = ""
    chat_domain: str = ""
    chat_token: str = ""  # every phone is told it
    guest_access: Literal["turnOnOnly", "turnOnAndOff"] = "turnOnAndOff"
    cctv_view: Literal["list", "tree", "userDefined"] = "list"
    active_tab: Literal["addresses", "notifications", "chat", "pay", "menu"] = "addresses"
    issues_version: Literal["1", "2"] = "2"

    # pages in the menu
    devices_page: bool = True
    follow_page: bool = True
    ext_origins: Annotated[Names, AfterValidator(_origins)] = ()
