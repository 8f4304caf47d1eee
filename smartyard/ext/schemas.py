"""Shapes of `/api/ext/*` (client contract, sections 6 and 8)."""

from typing import Any, Literal

from pydantic import Field

from smartyard.shapes import Letter, Line, Shape


class ChatAnswer(Shape):
    id: str
    domain: str
    token: str


class OptionsAnswer(Shape):
    """`issues_version` is text: iOS leaves a number alone."""

    city_cams: Letter = Field(alias="cityCams")
    payments: Letter
    payments_url: str | None = Field(default=None, alias="paymentsUrl")
    support_phone: str | None = Field(default=None, alias="supportPhone")
    chat: Letter
    chat_url: str | None = Field(default=None, alias="chatUrl")
    chat_options: ChatAnswer | None = Field(default=None, alias="chatOptions")
    time_zone: str | None = Field(default=None, alias="timeZone")
    guest_access: Literal["turnOnOnly", "turnOnAndOff"] = Field(alias="guestAccess")
    cctv_view: Literal["list", "tree", "userDefined"] = Field(alias="cctvView")
    active_tab: Literal["addresses", "notifications", "chat", "pay", "menu"] = Field(
        alias="activeTab"
    )
    issues_version: Literal["1", "2"] = Field(alias="issuesVersion")


class ListAnswer(Shape):
    """An item of the menu. iOS takes `icon` as a data URI alone."""

    caption: str
    icon: str
    ext_id: str = Field(alias="extId")
    order: int
    highlight: Letter


class ExtRequest(Shape):
    """`params`: Android declares them, and sends none; no page of ours has any."""

    ext_id: Line = Field(alias="extId")
    params: list[Any] | None = None


class ExtAnswer(Shape):
    base_path: str = Field(alias="basePath")
    code: str
