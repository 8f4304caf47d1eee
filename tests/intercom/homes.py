"""The demo world's house 101, with a panel at its door: flat 1 of NORMAL (who owns it) and SECOND,
flat 12 of NEIGHBOUR."""

from typing import Any

from werkzeug.test import TestResponse

from smartyard.registry.panels.service import Credentials, Sealed
from smartyard.secret import Keys, secret_key
from tests.fixtures.panels import add_panel
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident

INTERCOM, RESET = "address/intercom", "address/resetCode"
HOUSE, MINE, NEXT, UNPAIDS, UNKNOWN = 101, 10101, 10112, 10501, 999999999
PANEL = 11


class Home:
    """What its people ask, and what is in the database then."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def panel(self, panel: int = PANEL, house: int = HOUSE, **columns: Any) -> None:
        with self.town.engine.begin() as connection:
            add_panel(connection, panel, house, **columns)

    def device(self, name: str, panel: int = PANEL, house: int = HOUSE, **columns: Any) -> None:
        """A panel of the sandbox at the door, with the password that it asks for."""
        device = self.town.sandbox.panels[name]
        sealed = Sealed(Keys(secret_key(self.town.settings)))
        secret = sealed.shut(panel, Credentials(columns.pop("login", "admin"), "demo"))
        told = {"model": device.model, "address": device.url, "secret": secret}
        self.panel(panel, house, **(told | columns))

    def who(self, phone: str = NORMAL) -> Resident:
        """Signed in, and known to live where billing says."""
        person = self.town.sign_in(phone)
        person.post("address/getSettingsList")
        return person

    def guest(self, phone: str, kind: str, expires_at: Any = None) -> Resident:
        """Somebody whom NORMAL let in."""
        self.town.change(
            "INSERT INTO flat_members (phone, house_id, flat_id, contract_owner, flat_owner,"
            " services, unpaid, has_gates, roommates, source, kind, expires_at, granted_by,"
            " granted_at) VALUES (:phone, :house, :flat, false, :owner, '{domophone}', '{}', false,"
            " '[]', 'grant', :kind, :expires, :by, :now)",
            phone=phone,
            house=HOUSE,
            flat=MINE,
            kind=kind,
            owner=kind == "owner",
            expires=expires_at,
            by=NORMAL,
            now=self.town.clock.now,
        )
        return self.town.sign_in(phone)

    def block(self, flat: int, service: str, source: str, cause: str) -> None:
        self.town.change(
            "INSERT INTO flat_blocks (flat_id, service, source, cause, created_at)"
            " VALUES (:flat, :service, :source, :cause, :now)",
            flat=flat,
            service=service,
            source=source,
            cause=cause,
            now=self.town.clock.now,
        )

    def rows(self) -> list[Any]:
        """All that this feature keeps."""
        names = ("flat_settings", "door_codes", "flat_calls", "audit")
        return [self.town.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in names]


def told(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.get_json()["data"]
    return data


def look(person: Resident, flat: int = MINE) -> dict[str, Any]:
    """How it stands, as the apps read it."""
    return told(person.post(INTERCOM, {"flatId": flat}))


def put(person: Resident, flat: int = MINE, **settings: Any) -> dict[str, Any]:
    """Write what is named; how it stands then."""
    return told(person.post(INTERCOM, {"flatId": flat, "settings": settings}))


def reset(person: Resident, flat: int = MINE) -> int:
    code = told(person.post(RESET, {"flatId": flat}))["code"]
    assert isinstance(code, int)
    return code
