"""Offices by the operator's file, and the houses where billing keeps a utility account."""

from pathlib import Path

import pytest
from click.testing import Result

from smartyard.address.offices.service import OfficeService
from tests.fixtures.town import Town, together
from tests.fixtures.world import NOBODY, NORMAL

OFFICES, UTILITIES = "address/offices", "address/getHcsList"
HEAD = "lat,lon,address,opening"
GOOD = f"""{HEAD}
52.7203,41.4523,"г. Примерск, ул. Образцовая, д. 1",пн-пт 9:00-18:00
52.7,-41.5,"г. Примерск, ул. Длинная, д. 2","пн-вс 10:00-20:00, без перерыва"
"""


def bring(town: Town, folder: Path, text: str | bytes, *words: str) -> Result:
    path = folder / "offices.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    app = town.app or town.open()
    return app.test_cli_runner().invoke(args=["offices", "import", str(path), *words])


def test_everybody_sees_the_offices_of_the_file_in_its_order(town: Town, tmp_path: Path) -> None:
    assert bring(town, tmp_path, GOOD).output == "Офисов: 2.\n"
    for phone in (NORMAL, NOBODY):
        assert town.sign_in(phone).post(OFFICES).get_json()["data"] == [
            {
                "lat": 52.7203,
                "lon": 41.4523,
                "address": "г. Примерск, ул. Образцовая, д. 1",
                "opening": "пн-пт 9:00-18:00",
            },
            {
                "lat": 52.7,
                "lon": -41.5,
                "address": "г. Примерск, ул. Длинная, д. 2",
                "opening": "пн-вс 10:00-20:00, без перерыва",
            },
        ]


def test_without_offices_it_is_an_empty_list(town: Town) -> None:
    answer = town.sign_in(NORMAL).post(OFFICES, {})
    assert (answer.status_code, answer.get_json()["data"]) == (200, [])


def test_a_file_is_all_offices_and_its_change_is_noted(town: Town, tmp_path: Path) -> None:
    bring(town, tmp_path, GOOD)
    done = bring(town, tmp_path, f"{HEAD}\n52,41,там,всегда")
    assert done.exit_code == 0, done.output
    assert town.rows("SELECT lat, lon, address FROM offices") == [(52.0, 41.0, "там")]
    assert town.rows("SELECT action, subject, detail FROM audit ORDER BY id") == [
        ("import", "offices", {"count": count}) for count in (2, 1)
    ]


def test_excel_in_russia_writes_semicolons_and_commas(town: Town, tmp_path: Path) -> None:
    text = "\ufefflat;lon;address;opening\r\n52,72;41,45;г. Примерск, д. 1;всегда\r\n"
    assert bring(town, tmp_path, text).exit_code == 0
    assert town.rows("SELECT lat, lon FROM offices") == [(52.72, 41.45)]


WRONG = {
    "": "пуст",
    b"lat,lon,address,opening\n\xff,1,x,y\n": "UTF-8",
    "lat,lon,address\n1,2,там\n": "нет столбца opening",
    f"{HEAD},phone\n1,2,там,всегда,1\n": "неизвестный столбец phone",
    f"{HEAD}\n91,2,там,всегда\n": "строка 2",
    f"{HEAD}\n,2,там,всегда\n": "lat",
    f"{HEAD}\nnan,2,там,всегда\n": "lat",
    f"{HEAD}\n1,2,,всегда\n": "address",
    f"{HEAD}\n1,2,там,\n": "opening",
    f"{HEAD}\n1,2,там\n": "ячеек 3",
    f"{HEAD}\n1,2,там,всегда\n3,4,там,всегда\n": "уже есть в строке 2",
    f"{HEAD}\n1,2,там\x07,всегда\n": "нельзя хранить",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_changes_nothing_and_says_why(
    town: Town, tmp_path: Path, text: str | bytes
) -> None:
    bring(town, tmp_path, GOOD)
    refused = bring(town, tmp_path, text)
    assert refused.exit_code == 1 and WRONG[text] in refused.output
    assert town.one("SELECT count(*) FROM offices") == 2


def test_a_dry_run_writes_nothing(town: Town, tmp_path: Path) -> None:
    shown = bring(town, tmp_path, GOOD, "--dry-run")
    assert "ничего не записано" in shown.output and town.one("SELECT count(*) FROM offices") == 0


def test_two_imports_at_once_leave_one_of_them_whole(town: Town) -> None:
    app, texts = town.open(), [GOOD, f"{HEAD}\n1,2,там,всегда\n"]

    def import_it(number: int) -> None:
        with app.app_context():
            app.extensions["smartyard"][OfficeService].bring(texts[number].encode(), "cli:test")

    together(2, import_it)
    assert town.one("SELECT count(*) FROM offices") == town.one(
        "SELECT (detail ->> 'count')::int FROM audit ORDER BY id DESC LIMIT 1"
    )


def test_the_list_is_shown_to_the_operator(town: Town, tmp_path: Path) -> None:
    bring(town, tmp_path, GOOD)
    assert town.app is not None
    shown = town.app.test_cli_runner().invoke(args=["offices", "list"])
    assert "52.720300 41.452300  г. Примерск, ул. Образцовая, д. 1  (пн-пт" in shown.output


def test_houses_with_a_utility_account_are_those_that_billing_says(town: Town) -> None:
    who = "79001000001"
    for number, services in ((7001, ["internet", "hcs"]), (7002, ["internet"])):
        contract = {"clientId": number, "houseId": number, "address": f"д. {number}"}
        town.sandbox.world.add_contract(who, contract | {"services": services})
    person = town.sign_in(who)
    told = person.post(UTILITIES).get_json()["data"]
    assert told == [{"houseId": "7001", "address": "д. 7001"}]
    assert town.sign_in(NORMAL).post(UTILITIES).status_code == 204
