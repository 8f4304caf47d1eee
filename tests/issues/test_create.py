"""A ticket from either spelling is one ticket, and the same words only once."""

import time
from typing import Any

import pytest

from smartyard.issues.tickets import address_in
from tests import contract
from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, Resident
from tests.issues.conftest import CALLBACK, COURIER, Desk, form, made, shown

ADDRESS = "г. Примерск, ул. Первая, д. 1"
NAMED = f"ФИО: Иван\nТелефон: 89000000001\nАдрес, введённый пользователем: {ADDRESS}"
OFFICE, CALL = "Передать в офис", "Позвонить"
TICKET = "SELECT kind, delivery, address, lat, lon, state, phone FROM tickets"

FIRST_SPELLING: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "a call back": (form("Выполнить звонок", CALL, f10011="-3"), "requestCallback", None),
    "no password": (
        form("Выполнить звонок клиенту для напоминания номера договора", CALL, f10011="-3"),
        "requestCredentials",
        None,
    ),
    "a record": (form("Обработать запрос", "Менеджеру ВН", f10011="-5"), "requestFragment", None),
    "a removal by iOS": (
        form(f"{NAMED}\nУдаление адреса из приложения. Причина: переехал", CALL),
        "removeAddress",
        None,
    ),
    "a removal by Android, with a courier": (
        form(f"{NAMED} nУдаление адреса из приложения. Причина", OFFICE, f10941=10581),
        "removeAddress",
        None,
    ),
    "a courier": (
        form(f"{NAMED}.\n Подготовить конверт", OFFICE, f10941=10581),
        "requestQRCodeCourier",
        "courier",
    ),
    "the office": (
        form(f"{NAMED}\nКлиент подойдет", OFFICE, f10941="10580"),
        "requestQRCodeOffice",
        "office",
    ),
    "services where some are common": (
        form(f"{NAMED}\nТребуется подтверждение", CALL, f10941="10581"),
        "connectServicesHasCommon",
        "office",
    ),
    "services alone": (
        form(f"{NAMED}.\nПодключение услуг(и): 'Интернет'.", CALL),
        "connectServicesNoCommon",
        None,
    ),
    "where we are not": (
        form(f"{NAMED}\nСписок подключаемых услуг: 'Интернет'", CALL),
        "connectServicesNoNetwork",
        None,
    ),
}


@pytest.mark.parametrize("body, kind, delivery", FIRST_SPELLING.values(), ids=FIRST_SPELLING)
def test_the_first_spelling_names_the_same_kinds(
    town: Town, resident: Resident, body: dict[str, Any], kind: str, delivery: str | None
) -> None:
    made(resident, body)
    (found,) = town.rows(TICKET)
    address = ADDRESS if "Адрес" in body["issue"]["description"] else None
    assert found[:3] == (kind, delivery, address)
    assert town.one("SELECT text FROM tickets") == body["issue"]["description"]


def test_no_words_keep_the_processor_busy() -> None:
    began = time.process_time()
    for words in (". " * 2040 + "x", "nУдаление адрес " * 250, " " * 4000 + "."):
        for _ in range(10):
            address_in(f"Адрес: {words}")
    assert time.process_time() - began < 1.0


def test_degrees_come_with_a_comma_and_zeros_mean_nothing(town: Town, resident: Resident) -> None:
    made(resident, form("дом 1", f10743="52,6031", f10744="39,5708"))
    made(resident, form("дом 2", f10743="0,0", f10744="0,0"))
    made(resident, form("дом 3", f10743="north", f10744="1"))
    made(resident, form("дом 4", f10743="91", f10744="1"))
    assert town.rows("SELECT lat, lon FROM tickets ORDER BY id") == [
        ("52.6031", "39.5708"),
        (None, None),
        (None, None),
        (None, None),
    ]


def test_another_phone_to_call_is_kept_and_one_s_own_is_not(town: Town, resident: Resident) -> None:
    made(resident, form("свой", f11841="89000000001"))
    made(resident, form("другой", f11841="89005554433"))
    texts = [text for (text,) in town.rows("SELECT text FROM tickets ORDER BY id")]
    assert texts == ["свой", "другой\nТелефон для связи: +79005554433"]


def test_the_second_spelling_is_kept_as_the_operator_reads_it(
    town: Town, resident: Resident
) -> None:
    key = made(
        resident,
        {
            "type": "requestFragment",
            "userName": "Иван",
            "cameraId": 7,
            "cameraName": "Площадь",
            "fragmentDate": "1.02.2026",
            "fragmentTime": "23-05",
            "fragmentDuration": "10",
            "comments": "драка",
        },
    )
    assert key == "REM-1001"
    assert town.one("SELECT text FROM tickets").splitlines() == [
        "Имя: Иван",
        "Камера: Площадь (7)",
        "Фрагмент: 1.02.2026 23:05, 10 мин.",
        "Комментарий: драка",
    ]
    made(resident, COURIER)
    assert town.rows(TICKET)[1][:3] == ("requestQRCodeCourier", "courier", ADDRESS)


def test_the_same_words_within_ten_minutes_are_the_same_ticket(
    town: Town, resident: Resident
) -> None:
    first = made(resident, CALLBACK)
    town.clock.forward(minutes=9)
    assert made(resident, CALLBACK) == first
    other = made(resident, CALLBACK | {"comments": "срочно"})
    assert other != first
    assert made(town.sign_in(NEIGHBOUR), CALLBACK) not in (first, other)
    town.clock.forward(minutes=2)
    assert made(resident, CALLBACK) not in (first, other)
    assert town.one("SELECT count(*) FROM tickets") == 4


def test_five_at_once_make_one_ticket(town: Town, resident: Resident, desk: Desk) -> None:
    """iOS sends again what got no answer, while the first may still be under way."""
    assert town.app is not None
    client = town.app.test_client

    def send(_: int) -> str:
        return made(Resident(client(), resident.phone, resident.token), CALLBACK)

    assert set(together(5, send)) == {"REM-1001"}
    assert desk.steps("REM-1001") == [("created", "Имя: Иван")]


def test_a_phone_makes_so_many_a_day_and_repeats_cost_nothing(town: Town) -> None:
    town.open(tickets_per_phone_day=2)
    resident = town.sign_in("79000000001")
    for number in (1, 1, 2, 1):
        made(resident, CALLBACK | {"comments": str(number)})
    refused = resident.post("issues/createV2", CALLBACK | {"comments": "3"})
    assert refused.status_code == 429 and "заявок" in refused.get_json()["message"]
    assert town.one("SELECT count(*) FROM tickets") == 2
    made(town.sign_in(NEIGHBOUR), CALLBACK)
    town.clock.forward(hours=25)
    made(resident, CALLBACK | {"comments": "3"})


def test_what_was_refused_is_not_remembered_as_made(town: Town) -> None:
    town.open(tickets_per_phone_day=1, ticket_repeat=100000)
    resident = town.sign_in("79000000001")
    made(resident, CALLBACK)
    assert resident.post("issues/createV2", COURIER).status_code == 429
    town.clock.forward(hours=25)
    made(resident, COURIER)
    assert town.one("SELECT count(*) FROM tickets") == 2


def test_the_home_screen_shows_what_is_to_be_connected_until_it_is_closed(
    town: Town, resident: Resident
) -> None:
    assert resident.post("issues/listConnectV2", {}).status_code == 204
    made(resident, CALLBACK)
    made(resident, COURIER | {"type": "removeAddress"})
    assert not shown(resident)
    courier = made(resident, COURIER)
    services = made(resident, {"type": "connectServicesNoNetwork", "services": "'Интернет'"})
    assert shown(resident) == [
        {"key": courier, "courier": "t", "address": ADDRESS},
        {"key": services, "courier": "f"},
    ]
    for name in ("listConnect", "listConnectV2"):
        answer = resident.post(f"issues/{name}", {})
        assert contract.problems(contract.endpoints()[f"/api/issues/{name}"], answer) == []
        assert answer.get_json()["data"] == shown(resident)
    assert not shown(town.sign_in(NEIGHBOUR))
    resident.post("issues/actionV2", {"key": courier, "action": "close"})
    assert [row["key"] for row in shown(resident)] == [services]


WRONG: dict[str, tuple[str, Any]] = {
    "no issue": ("create", {"customFields": {}, "actions": []}),
    "no words": ("create", form("", summary="")),
    "fields that are none": ("create", form("дом") | {"customFields": []}),
    "a form within a form": ("create", form("дом", f10011={"value": "-1"})),
    "too long": ("create", form("д" * 5000)),
    "unknown type": ("createV2", {"type": "requestMiracle"}),
    "no type": ("createV2", {}),
    "NUL": ("createV2", CALLBACK | {"comments": "\0"}),
    "a lone surrogate": ("createV2", CALLBACK | {"comments": "\ud800"}),
    "an array": ("createV2", []),
}


@pytest.mark.parametrize("name, body", WRONG.values(), ids=WRONG)
def test_a_wrong_shape_makes_no_ticket(
    town: Town, resident: Resident, name: str, body: Any
) -> None:
    assert resident.post(f"issues/{name}", body).status_code == 422
    assert town.one("SELECT count(*) FROM tickets") == 0
