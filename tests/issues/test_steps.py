"""What people add to their own tickets, and to nobody else's."""

from typing import Any

import pytest

from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, Resident
from tests.issues.conftest import CALLBACK, COURIER, Desk, made, shown

CLOSE = {"action": "Jelly.Закрыть авто"}
CLOSE_V2 = {"action": "close"}


def by_jira(word: str, fields: Any = ...) -> dict[str, Any]:
    told = [{"number": "10941", "value": word}] if fields is ... else fields
    return {"action": "Jelly.Способ доставки", "customFields": told}


CHANGES = {
    "by Android of 2022": ("action", by_jira("Самовывоз")),
    "by iOS of 2022, which sends one field": (
        "action",
        by_jira("", {"number": "10941", "value": "Самовывоз"}),
    ),
    "by iOS in English": ("action", by_jira("Pickup")),
    "by Android": ("actionV2", {"action": "changeQRDeliveryType", "deliveryType": "office"}),
    "by iOS": ("actionV2", {"action": "changeQRDeliveryType", "customFields": "office"}),
    "by both words, of which deliveryType counts": (
        "actionV2",
        {"action": "changeQRDeliveryType", "deliveryType": "office", "customFields": "courier"},
    ),
}


@pytest.mark.parametrize("name, body", CHANGES.values(), ids=CHANGES)
def test_the_delivery_changes_in_every_spelling(
    desk: Desk, resident: Resident, name: str, body: dict[str, Any]
) -> None:
    key = made(resident, COURIER)
    for _ in range(2):  # a double tap is one step
        answer = resident.post(f"issues/{name}", {"key": key} | body)
        assert answer.status_code == 204, answer.text
    assert shown(resident)[0]["courier"] == "f"
    assert desk.steps(key)[1:] == [("delivery", "выдача в офисе")]
    told = desk.run("show", key).output  # the operator reads one way of delivery
    assert "QR-код: выдача в офисе, новая" in told and "курьер" not in told


def test_a_ticket_for_services_stays_one_however_its_code_is_delivered(
    desk: Desk, resident: Resident
) -> None:
    key = made(resident, {"type": "connectServicesHasCommon", "services": "'Интернет'"})
    body = {"key": key, "action": "changeQRDeliveryType", "deliveryType": "courier"}
    assert resident.post("issues/actionV2", body).status_code == 204
    told = desk.run("show", key).output
    assert "Подключение услуг и подтверждение адреса, новая" in told
    assert "QR-код: доставка курьером" in told and shown(resident)[0]["courier"] == "t"


@pytest.mark.parametrize("name, body", [("action", CLOSE), ("actionV2", CLOSE_V2)])
def test_a_closed_ticket_stays_closed_and_takes_no_more_words(
    desk: Desk, resident: Resident, name: str, body: dict[str, Any]
) -> None:
    key = made(resident, COURIER)
    for _ in range(2):
        assert resident.post(f"issues/{name}", {"key": key} | body).status_code == 204
    assert [kind for kind, _ in desk.steps(key)] == ["created", "closure"]
    for late, what in (
        ("comment", {"comment": "ещё"}),
        ("actionV2", {"action": "changeQRDeliveryType", "deliveryType": "office"}),
    ):
        answer = resident.post(f"issues/{late}", {"key": key} | what)
        assert answer.status_code == 404 and "закрыта" in answer.get_json()["message"]
    assert len(desk.steps(key)) == 2


def test_a_comment_that_is_sent_again_is_one_comment(
    town: Town, desk: Desk, resident: Resident
) -> None:
    key = made(resident, COURIER)
    said = {"key": key, "comment": "Приеду в пять"}
    for name in ("comment", "commentV2", "comment"):
        assert resident.post(f"issues/{name}", said).status_code == 204
    resident.post("issues/comment", {"key": key, "comment": "В шесть"})
    town.clock.forward(minutes=11)
    resident.post("issues/comment", said)
    comments = [text for kind, text in desk.steps(key) if kind == "comment"]
    assert comments == ["Приеду в пять", "В шесть", "Приеду в пять"]


def test_there_is_no_courier_for_a_call(desk: Desk, resident: Resident) -> None:
    key = made(resident, CALLBACK)
    body = {"key": key, "action": "changeQRDeliveryType", "deliveryType": "courier"}
    answer = resident.post("issues/actionV2", body)
    assert answer.status_code == 404 and "доставляют" in answer.get_json()["message"]
    assert len(desk.steps(key)) == 1


STRANGE = {
    "comment": {"comment": "моё"},
    "commentV2": {"comment": "моё"},
    "action": CLOSE,
    "actionV2": CLOSE_V2,
}


@pytest.mark.parametrize("name, body", STRANGE.items())
def test_another_s_ticket_is_as_one_that_nobody_has(
    town: Town, desk: Desk, resident: Resident, name: str, body: dict[str, Any]
) -> None:
    key = made(resident, COURIER)
    stranger = town.sign_in(NEIGHBOUR)
    keys = [key, "REM-999999", "REM-01001", key.lower(), "ABC-1001", "1001", f"REM-{10**18}", "x"]
    answers = [stranger.post(f"issues/{name}", {"key": one} | body) for one in keys]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    # One's own ticket has no second name either.
    assert resident.post(f"issues/{name}", {"key": "ABC-1001"} | body).status_code == 403
    assert len(desk.steps(key)) == 1 and shown(resident)[0]["key"] == key


def test_tickets_keep_their_keys_when_the_prefix_changes(town: Town, resident: Resident) -> None:
    key = made(resident, COURIER)
    other = Resident(town.open(ticket_prefix="ABC").test_client(), resident.phone, resident.token)
    assert made(other, COURIER | {"userName": "Пётр"}) == "ABC-1002"
    assert [row["key"] for row in shown(other)] == [key, "ABC-1002"]
    assert other.post("issues/action", {"key": key} | CLOSE).status_code == 204


def test_words_are_limited(town: Town) -> None:
    town.open(ticket_words_per_phone_hour=2)
    resident = town.sign_in("79000000001")
    key = made(resident, COURIER)

    def say(text: str) -> int:
        return resident.post("issues/comment", {"key": key, "comment": text}).status_code

    assert [say("1"), say("1"), say("2"), say("3"), say("3")] == [204, 204, 204, 429, 429]
    assert resident.post("issues/action", {"key": key} | CLOSE).status_code == 204
    town.clock.forward(hours=2)
    assert [kind for kind, _ in Desk(town).steps(key)] == [
        "created",
        "comment",
        "comment",
        "closure",
    ]


def test_closing_and_commenting_at_once_leave_the_order_that_happened(
    town: Town, desk: Desk, resident: Resident
) -> None:
    key = made(resident, COURIER)
    assert town.app is not None
    client = town.app.test_client

    def act(number: int) -> int:
        who = Resident(client(), resident.phone, resident.token)
        if number % 2:
            return who.post("issues/action", {"key": key} | CLOSE).status_code
        return who.post("issues/comment", {"key": key, "comment": f"{number}"}).status_code

    answers = together(6, act)
    kinds = [kind for kind, _ in desk.steps(key)]
    assert kinds.count("closure") == 1 and kinds[-1] == "closure"
    assert kinds.count("comment") == answers[::2].count(204)
    assert set(answers) <= {204, 404}


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "no key": ("comment", {"comment": "x"}),
    "no comment": ("comment", {"key": "REM-1"}),
    "an empty comment": ("commentV2", {"key": "REM-1", "comment": "  "}),
    "an unknown action": ("action", {"key": "REM-1", "action": "Jelly.Другое"}),
    "no way of delivery": ("action", {"key": "REM-1", "action": "Jelly.Способ доставки"}),
    "an unknown way": ("action", {"key": "REM-1"} | by_jira("Голубь")),
    "another field": (
        "action",
        {"key": "REM-1"} | by_jira("", [{"number": "1", "value": "Курьер"}]),
    ),
    "fields that are none": ("action", {"key": "REM-1"} | by_jira("", "Курьер")),
    "V2 without a way": ("actionV2", {"key": "REM-1", "action": "changeQRDeliveryType"}),
    "V2 with fields": (
        "actionV2",
        {"key": "REM-1", "action": "changeQRDeliveryType", "customFields": [{"number": "1"}]},
    ),
    "V2 with an unknown way": (
        "actionV2",
        {"key": "REM-1", "action": "changeQRDeliveryType", "deliveryType": "pigeon"},
    ),
}


@pytest.mark.parametrize("name, body", WRONG.values(), ids=WRONG)
def test_a_wrong_shape_is_refused(resident: Resident, name: str, body: dict[str, Any]) -> None:
    assert resident.post(f"issues/{name}", body).status_code == 422
