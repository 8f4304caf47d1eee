"""The book of contracts by commands and files: what is written, what is refused, what is shown."""

import pytest

from smartyard.config import Settings
from tests.billing.conftest import Office
from tests.cabinet.test_accounts import accounts, data, person
from tests.fixtures.money import Money
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND

HEAD = "id,name,client_name,house,address,flat,flat_number,owners,phones,services,password\n"
ROW = f"77,ДОГ-77,Пётр,7,ул. Новая,701,1,{NORMAL},{SECOND},cctv:2030-12-31 domophone,hush-hush\n"


@pytest.fixture(name="money_settings")
def money_settings_fixture(local_settings: Settings) -> Settings:
    return local_settings


@pytest.fixture(name="office")
def office_fixture(money: Money) -> Office:
    return Office(money)


def subjects(office: Office, actor: str = "%") -> list[tuple[str, str]]:
    rows = office.money.rows(
        "SELECT action, subject FROM audit WHERE actor LIKE :actor ORDER BY id", actor=actor
    )
    return [(row.action, row.subject) for row in rows]


def test_a_file_brings_contracts_in_and_a_second_time_changes_nothing(office: Office) -> None:
    dry = office.run("import", "--dry-run", "-", feed=HEAD + ROW)
    assert dry.exit_code == 0, dry.output
    assert "новых: 77" in dry.output and "ничего не записано" in dry.output
    assert office.money.count("local_contracts") == office.money.count("audit") == 0
    for expected in ("новых 1, изменено 0, без", "новых 0, изменено 0, без изменений 1"):
        done = office.run("import", "-", feed=HEAD + ROW)
        assert done.exit_code == 0 and expected in done.output, done.output
        assert "память:" in done.stderr
    assert subjects(office) == [("added", "contract:77")]
    mine = person(office.money, NORMAL)
    (flat,) = data(mine, "address/getSettingsList")
    assert flat["address"].startswith("ул. Новая") and flat["contractName"] == "ДОГ-77"
    assert (flat["services"], flat["flatNumber"]) == (["cctv", "domophone"], "1")


def test_a_field_that_is_left_out_stays_and_an_empty_list_is_nobody(office: Office) -> None:
    assert office.run("import", "-", feed=HEAD + ROW).exit_code == 0
    done = office.run("import", "-", feed="id;client_name;phones\n77;Анна;\n")
    assert "изменено 1" in done.output, done.output
    told = office.run("show", "77").output
    for words in ("ДОГ-77", "Анна", f"Телефон {NORMAL}, владелец", "cctv: оплачена, по 31.12.2030"):
        assert words in told, told
    assert SECOND not in told
    detail = office.money.one("SELECT detail FROM audit WHERE action = 'changed'").detail
    assert detail == {
        "client_name": {"before": "Пётр", "after": "Анна"},
        "phones": {"before": [SECOND], "after": []},
    }
    shown = office.money.app.test_cli_runner().invoke(
        args=["registry", "audit", "--subject", "contract:77"]
    )
    assert "изменено" in shown.output and "Пётр -> Анна" in shown.output, shown.output
    assert "hush" not in str(office.money.rows("SELECT * FROM audit"))


WRONG = {
    "id,color\n1,red\n": "неизвестный столбец color",
    "name\nx\n": "нет столбца id",
    "id\n77\n": "house и flat",
    "id,house,flat,services\n77,7,701,cctw\n": "допустимы услуги",
    "id,house,flat,services\n77,7,701,cctv:2026-02-30\n": "такого дня нет",
    "id,house,flat,services\n77,7,701,cctv:31.12.2026\n": "день пишется так",
    "id,house,flat,owners\n77,7,701,12345\n": "номера из 11 цифр",
    "id,house,flat,opening_balance_kopecks\n77,7,701,12.5\n": "целое число копеек",
    "id,house,flat,blocked\n77,7,701,maybe\n": "нужно t или f",
    "id,house,flat\n77,7,-1\n": "целое число",
    "id,house,flat\n77,7,701\n77,7,702\n": "строка 3: договор 77 уже есть в строке 2",
    "id,house,flat\n77,7,701\n78,8,701\n": "квартира 701 — в доме 7, а не 8",
    "id,house,flat\nNone,7,701\n": "нужен номер договора",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_file_with_a_mistake_is_refused_whole(office: Office, text: str) -> None:
    done = office.run("import", "-", feed=text)
    assert done.exit_code == 1 and WRONG[text] in done.stderr, done.output
    assert "Ничего не записано" in done.stderr
    for table in ("local_contracts", "contracts", "houses", "flats", "audit"):
        assert office.money.count(table) == 0, table


def test_one_contract_is_added_changed_blocked_and_shown(office: Office) -> None:
    words = ["--house", "7", "--flat", "701", "--address", "ул. Новая", "--owner", NEIGHBOUR]
    words += ["--service", "cctv:2030-12-31", "--opening-balance-kopecks", "12345"]
    added = office.run("add", "77", *words)
    assert added.exit_code == 0 and "новых 1" in added.output, added.output
    twice = office.run("add", "77", *words)
    assert twice.exit_code == 1 and "уже есть" in twice.stderr
    resident = person(office.money, NEIGHBOUR)
    assert accounts(resident)["77"]["balance"] == 123.45
    for command, said, blocked in (
        ("block", "Договор заблокирован.", "t"),
        ("block", "Он уже заблокирован.", "t"),
        ("unblock", "Блокировка снята.", "f"),
        ("unblock", "Он не заблокирован.", "f"),
    ):
        assert said in office.run(command, "77").output
        assert accounts(resident)["77"]["blocked"] == blocked
    assert "изменено 1" in office.run("set", "77", "--service", "internet").output
    assert accounts(resident)["77"]["services"] == ["internet"]
    for command in (
        ["block", "78"],
        ["show", "78"],
        ["set", "78"],
        ["move", "78", "1", "--words", "x"],
    ):
        done = office.run(*command)
        assert done.exit_code == 1 and "Договора 78 нет" in done.stderr, done.output


def test_a_contract_is_named_by_its_number_too_and_none_is_made_of_it(office: Office) -> None:
    assert office.run("import", "-", feed=HEAD + ROW).exit_code == 0
    for command in (
        ["block", "ДОГ-77"],
        ["set", "ДОГ-77", "--house", "7", "--flat", "701", "--client-name", "Анна"],
        ["move", "ДОГ-77", "5,00", "--words", "Внесено в кассу"],
    ):
        done = office.run(*command)
        assert done.exit_code == 0, done.output
    rows = office.money.rows(
        "SELECT id, blocked, client_name, balance_kopecks FROM local_contracts"
    )
    assert rows == [("77", True, "Анна", 500)]


def test_money_is_moved_for_a_cause_and_never_by_a_file(office: Office) -> None:
    office.run("import", "-", feed=HEAD + ROW)
    resident = person(office.money, NORMAL)
    for amount, words, left in (
        (["500,00"], "Внесено в кассу", 500),
        (["449.50", "--charge"], "Абонентская плата", 50.5),
    ):
        done = office.run("move", "77", *amount, "--words", words)
        assert done.exit_code == 0, done.output
        assert accounts(resident)["77"]["balance"] == left
    again = "id,opening_balance_kopecks\n77,999999\n"
    assert "без изменений 1" in office.run("import", "-", feed=again).output
    assert accounts(resident)["77"]["balance"] == 50.5
    year = office.money.clock.now.astimezone(office.money.settings.timezone).year
    rows = data(resident, "pay/getDetail", {"clientId": "77", "year": year})
    assert [(one["sum"], one["dsc"]) for one in rows] == [
        (-449.5, "Абонентская плата"),
        (500, "Внесено в кассу"),
    ]
    for wrong in ("0", "1e3", "12,345", "99999999999", "٥"):
        assert office.run("move", "77", wrong, "--words", "x").exit_code == 1
    assert [action for action, _ in subjects(office, "cli:%")].count("balance moved") == 2


def test_a_right_of_the_provider_holds_for_a_contract_of_ours(office: Office) -> None:
    with office.money.engine.begin() as connection:
        for row in (
            "INSERT INTO media_servers (name, url, type, hls_mode, source)"
            " VALUES ('m', 'http://media.example', 'flussonic', 'mpegts', 'inventory')",
            "INSERT INTO cameras (stream, name, media_server_id, lat, lon, has_sound, source)"
            " SELECT 'yard', 'Двор', id, '1', '1', false, 'inventory' FROM media_servers",
            "INSERT INTO provider_devices (type, title, address, url, active, camera_id, told)"
            " SELECT 1, '', '', '', true, id, '{}' FROM cameras",
            "INSERT INTO contracts (id, name, client_name) VALUES ('77', '', '')",
            "INSERT INTO contract_rights SELECT '77', id FROM provider_devices",
        ):
            connection.exec_driver_sql(row)
    office.run("import", "-", feed=HEAD + ROW)
    links = "SELECT flat_id FROM camera_links WHERE source = 'provider'"
    assert [row.flat_id for row in office.money.rows(links)] == [701]
    office.run("set", "77", "--house", "7", "--flat", "702")
    assert [row.flat_id for row in office.money.rows(links)] == [702]


def test_the_database_holds_what_the_book_does_not_say(office: Office) -> None:
    office.run("import", "-", feed=HEAD + ROW)
    for statement in (
        "UPDATE local_phones SET phone = '12'",
        "UPDATE local_services SET service = 'cctw'",
        "UPDATE local_contracts SET balance_kopecks = 9007199254740992",
        "UPDATE local_contracts SET house_id = 8",
        "INSERT INTO local_movements (contract_id, at, kopecks, words) VALUES ('77', now(), 0, '')",
        "INSERT INTO local_movements (contract_id, at, kopecks, words, order_number)"
        " VALUES ('77', now(), 1, '', 'a')",
        "INSERT INTO local_phones VALUES ('78', '79000000001', true)",
    ):
        with pytest.raises(Exception, match="violates"), office.money.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_where_the_providers_billing_is_the_master_the_book_is_shut(
    office: Office, settings: Settings
) -> None:
    from smartyard.wiring import create_app  # pylint: disable=import-outside-toplevel

    app = create_app(settings.model_copy(update={"billing": "http"}))
    for words in (
        ["import", "-"],
        ["show", "77"],
        ["block", "77"],
        ["move", "77", "1", "--words", "x"],
    ):
        done = app.test_cli_runner().invoke(args=["contracts", *words], input=HEAD + ROW)
        assert done.exit_code == 1 and "BILLING=http" in done.stderr, done.output
    assert office.money.count("local_contracts") == 0
