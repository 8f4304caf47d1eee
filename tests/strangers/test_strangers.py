"""Every endpoint that takes an id, tried by everybody else with the owner's ids.

The owner has a flat alone in its house. A mate lives there by the owner's grant; an outer guest has
its gates; an expired guest had them; a neighbour lives in the owner's other house; a stranger
lives nowhere. A refusal changes nothing: of no table a row, at no panel a relay.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartyard.config import Settings
from smartyard.guard import PROVIDER, RESIDENT, SCOPES, door_of
from smartyard.wiring import create_app
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, Resident
from tests.fixtures.yard import SOKOL, Yard, let_in, press
from tests.strangers.table import IDS, OPEN, TABLE, WORDS, Row

HOUSE, FLAT, CONTRACT, PANEL = 102, 10205, "1002", SOKOL
MATE, OUTER, EXPIRED, GUEST = (f"7900100000{number}" for number in range(1, 5))
OTHERS = {"mate": MATE, "outer": OUTER, "expired": EXPIRED, "neighbour": NEIGHBOUR, "none": NOBODY}
ROWS = [(path, row) for path, rows in TABLE.items() for row in rows]
# What any request may change, whoever sends it.
_PASSING = ("limit_counters", "sessions", "billing_copies", "procrastinate", "alembic")
_FACE = """
    WITH face AS (INSERT INTO faces VALUES (7, '', :now) RETURNING id)
    INSERT INTO face_links (phone, event_id, flat_id, face_id, asked_at)
    SELECT :phone, :event, :flat, id, :now FROM face
    """
_LOOKS_LIKE_AN_ID = re.compile(r"id|key|.*Id|.*_id|session|event")


def takes_ids(app: Flask) -> dict[str, set[str]]:
    """The fields of each route for people that look like ids."""
    found = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        shape = getattr(view, "takes", None)
        if shape is None or door_of(view) == PROVIDER:
            continue
        names = {field.alias or name for name, field in shape.model_fields.items()}
        ids = {name for name in names if _LOOKS_LIKE_AN_ID.fullmatch(name) or name in IDS}
        if ids:
            found[rule.rule] = ids
    return found


@pytest.fixture(name="shut")
def shut_fixture(settings: Settings) -> Flask:
    return create_app(settings.model_copy(update={"pg_host": "/nowhere"}))


def test_every_endpoint_with_an_id_has_a_row(shut: Flask) -> None:
    found = takes_ids(shut)
    unknown = {name for names in found.values() for name in names} - IDS - set(WORDS)
    assert not unknown, "say in IDS or in WORDS what these are"
    claims = {path for path, names in found.items() if names & IDS}
    assert claims - set(OPEN) == set(TABLE)
    assert set(OPEN) <= claims


@dataclass
class Household:
    """The owner's things by their names in the table, and everybody who tries them."""

    yard: Yard
    people: dict[str, Resident]
    things: dict[str, Any]

    def fill(self, value: Any) -> Any:
        """A body with the things it names."""
        if isinstance(value, dict):
            return {name: self.fill(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        if isinstance(value, str) and value.startswith("<"):
            return self.things[value.strip("<>")]
        return value

    def ask(self, who: str, path: str, row: Row) -> TestResponse:
        return self.people[who].post(path.removeprefix("/api/"), self.fill(row.body))

    def state(self) -> dict[str, Any]:
        """Every row that a refusal must leave as it is, and every pulse."""
        town = self.yard.town
        tables = town.rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
        found: dict[str, Any] = {"pulses": town.sandbox.panels.pulses("sokol")}
        found["sms"] = len(town.sandbox.messages)
        for (name,) in tables:
            if not name.startswith(_PASSING):
                query = f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t'
                found[name] = town.one(query)
        return found


def _data(answer: TestResponse) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]


def _things(yard: Yard, owner: Resident) -> dict[str, Any]:
    """Of each kind one, made as the owner's app makes it."""
    camera = yard.town.camera("house102/yard", houses=[HOUSE])
    assert press(owner, PANEL).status_code == 204  # and so there is an event
    event = yard.town.one("SELECT id FROM events")
    yard.town.change(_FACE, phone=NORMAL, event=event, flat=FLAT, now=yard.town.clock.now)
    alert = {"msg": "Привет", "action": "inbox"}
    assert owner.post("inbox/alert", alert).status_code == 204
    message = "SELECT max(id) FROM messages WHERE phone = :phone"
    ticket = {"type": "requestQRCodeCourier", "userName": "Иван", "inputAddress": "д. 1"}
    span = {"id": camera, "from": "2024-01-15 12:00:00", "to": "2024-01-15 12:05:00"}
    today = yard.town.clock.now.astimezone(yard.town.settings.timezone)
    return {
        "flat": FLAT,
        "house": HOUSE,
        "panel": PANEL,
        "camera": camera,
        "contract": CONTRACT,
        "event": str(event),
        "face": 7,
        "guest": GUEST,
        "today": f"{today:%Y-%m-%d}",
        "message": str(yard.town.one(message, phone=NORMAL)),
        "ticket": _data(owner.post("issues/createV2", ticket)),
        "session": _other_session(yard),
        "order": _data(owner.post("pay/prepare", {"clientId": CONTRACT, "amount": "15042"})),
        "clip": _data(owner.post("cctv/recPrepare", span)),
    }


def _other_session(yard: Yard) -> str:
    """That of another device of the owner's."""
    at_home, elsewhere = yard.town.sign_in(NORMAL), yard.town.sign_in(NORMAL)
    assert elsewhere.post("user/ping").status_code == 204
    told = _data(at_home.post("user/sessions"))
    return str(next(one["session"] for one in told if one["current"] == "f"))


@pytest.fixture(name="household")
def household_fixture(yard: Yard) -> Household:
    owner = yard.at_home(NORMAL)
    yard.town.change(
        "INSERT INTO entrances VALUES (:house, '1') ON CONFLICT DO NOTHING", house=HOUSE
    )
    yard.panel(PANEL, "sokol", yard.town.sandbox.sokol_url)
    yard.door(PANEL, 0, "entrance", house=HOUSE, entrance="1")
    people = {"owner": owner}
    moment = yard.town.clock.now.astimezone(yard.town.settings.timezone)
    soon = f"{moment.replace(tzinfo=None, microsecond=0, minute=0)}"
    for phone, more in (
        (MATE, {}),
        (GUEST, {}),
        (OUTER, {"type": "outer"}),
        (EXPIRED, {"expire": soon.replace(soon[:4], "3000", 1)}),
    ):
        assert let_in(owner, phone, FLAT, **more).status_code == 204
    yard.town.change(
        "UPDATE flat_members SET expires_at = :now WHERE phone = :phone",
        now=yard.town.clock.now,
        phone=EXPIRED,
    )
    things = _things(yard, owner)
    people |= {name: yard.town.sign_in(phone) for name, phone in OTHERS.items()}
    for resident in people.values():
        for path in ("address/getSettingsList", "cctv/all", "user/getPaymentsList"):
            resident.post(path)  # what billing says of them is read before they try
    return Household(yard, people, things)


def _expected(row: Row, who: str) -> int:
    special = {"mate": row.mate, "outer": row.outer}.get(who)
    return row.others if special is None else special


@pytest.mark.parametrize(
    ("path", "row"), ROWS, ids=[f"{path[5:]}-{list(row.body)[-1]}" for path, row in ROWS]
)
def test_nobody_else_gets_through_and_nothing_changes(
    household: Household, path: str, row: Row
) -> None:
    before = household.state()
    allowed = []
    for who in ("none", "neighbour", "expired", "outer", "mate"):
        wanted = _expected(row, who)
        answer = household.ask(who, path, row)
        assert answer.status_code == wanted, (who, answer.text)
        if wanted >= 400:
            after = household.state()
            changed = {name for name in after if after[name] != before[name]}
            assert not changed, (who, changed)
        else:
            allowed.append(who)
            before = household.state()
    assert household.ask("owner", path, row).status_code == row.own, "the row tries nothing real"
    assert allowed in ([], ["mate"])


def test_an_id_that_exists_nowhere_has_the_same_answer(household: Household) -> None:
    unknown = {name: 4242424242 for name in household.things} | {
        "guest": GUEST,
        "today": household.things["today"],
        "contract": "4242424242",
        "ticket": "REM-4242424242",
        "message": "4242424242",
        "order": "sy4242424242",
        "session": "42424242-4242-4242-4242-424242424242",
        "event": "0f8fad5b-d9cb-769f-a165-70867728950e",
    }
    for path, row in ROWS:
        known = household.ask("none", path, row)
        household.things, kept = unknown, household.things
        answer = household.ask("none", path, row)
        household.things = kept
        assert (answer.status_code, answer.get_json()) == (
            known.status_code,
            known.get_json(),
        ), path


def each(app: Flask, door: str) -> list[Callable[[str], TestResponse]]:
    """A call of each route of a door, given the token to call it by."""
    client = app.test_client()

    def calling(method: str, address: str) -> Callable[[str], TestResponse]:
        return lambda token: client.open(
            address, method=method, headers={"Authorization": f"Bearer {token}"}, json={}
        )

    found = []
    for rule in app.url_map.iter_rules():
        if door_of(app.view_functions[rule.endpoint]) == door:
            method = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})[0]
            found.append(calling(method, re.sub("<[^>]*>", "x", rule.rule)))
    return found


def test_a_residents_token_is_no_key_and_a_key_is_no_residents_token(yard: Yard) -> None:
    app = yard.town.app
    assert app is not None
    words = ["tokens", "add", "all", "--from", "127.0.0.1"]
    words += [word for scope in SCOPES for word in ("--scope", scope)]
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    (key,) = re.findall(r"sy_[A-Za-z0-9_-]{43}", done.stdout)
    resident = yard.at_home(NORMAL)
    providers, residents = each(app, PROVIDER), each(app, RESIDENT)
    assert len(providers) > 17 and len(residents) > 40
    assert {ask(resident.token).status_code for ask in providers} == {401}
    assert {ask(key).status_code for ask in residents} == {401}
    assert yard.pulses(SOKOL) == 0
