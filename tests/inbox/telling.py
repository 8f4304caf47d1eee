"""What the tests of messages do again and again: tell somebody something, and look."""

from typing import Any

from smartyard.db import transaction
from smartyard.inbox.service import InboxService
from smartyard.notices import Notice
from smartyard.phones import Phone
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident


def tell(town: Town, text: str = "Завтра отключат воду", phone: str = NORMAL, **more: Any) -> int:
    """What a feature does when something happened; the id of the message."""
    given = {"action": "inbox", "title": "Новости дома"} | more
    app = town.app or town.open()
    inbox: InboxService = app.extensions["smartyard"][InboxService]
    with app.app_context(), transaction():
        inbox.send(Notice(phone=Phone(phone), text=text, **given))
    return int(town.one("SELECT max(id) FROM messages"))


def page(resident: Resident) -> str:
    """The page of the inbox, which reads everything."""
    answer = resident.post("inbox/inbox")
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["data"]["code"])


def unread(resident: Resident) -> tuple[int, int]:
    """Messages and chat, as the badge counts them."""
    data = resident.post("inbox/unreaded").get_json()["data"]
    return data["count"], data["chat"]
