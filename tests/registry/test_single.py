"""Single things at the command line, what is blocked, and who changed what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from smartyard.commands import actor
from smartyard.db import transaction
from smartyard.events.service import EventService, Happened
from smartyard.phones import Phone
from smartyard.web import service
from smartyard.wiring import create_app
from tests.registry.conftest import EVERYTHING, Import, Rows, camera, inventory_of

WORLD = inventory_of(
    camera("дом/1", houses=[1]),
    flats=[{"id": 5, "house": 1, "number": "12", "entrance": "1"}, {"id": 6, "house": 1}],
    panels=[{"id": 7, "model": "beward", "address": "http://10.0.0.7", "camera": "дом/1"}],
    doors=[{"house": 1, "domophone": 7, "door": 0, "entrance": "1", "name": "Подъезд 1"}],
    keys=[{"code": "ABCDEF", "flat": 5}],
    contracts=[{"id": "100", "flats": [5]}],
)


def test_one_thing_is_added_as_a_file_of_one_row_would(
    bring: Import, operator: Import, rows: Rows
) -> None:
    bring(WORLD)
    for words in (
        "house id=2 address=Дом",
        "flat id=20 house=2 number=1",
        "camera stream=a/b name=Двор media_server=media houses=1\u00a02 flats=20 sound=t",
        "panel id=8 model=url address=http://gate.example/open method=put",
        "door house=2 domophone=8 door=0 icon=gate",
        "key code=0a1b2c3d flat=20",
        "contract id=200 flats=20",
        "media-server name=m2 url=http://m2",
    ):
        done = operator("add", *(word.replace("\u00a0", " ") for word in words.split(" ")))
        assert done.exit_code == 0, (words, done.stderr)
    assert "+ медиасервер m2\n    url: http://m2\n" in done.stdout
    assert rows("SELECT method FROM panels WHERE id = 8") == [("PUT",)]
    assert rows("SELECT house_id, flat_id FROM camera_links WHERE flat_id = 20") == [(2, 20)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("add panel id=7 model=none", "панель 7 уже есть"),
        ("add flat id=5 house=2", "квартира 5 уже есть"),
        ("add door house=1 domophone=9 door=0", "дверь 1/9/0: неизвестная панель 9"),
        ("add key code=xyz flat=5", "ключ: code: нужен код ключа"),
        ("add panel id=9 модель=url", "панель: model: не указано; модель: такого поля нет"),
        ("add panel id", "панель: id: нужно id=значение"),
        ("set panel 9 name=x", "В реестре нет такого: панель 9"),
        ("set panel семь name=x", "панель: id: нужно целое число"),
        ("set panel 7 id=8", "панель: имени не изменить"),
        ("set door 1/7 icon=gate", "дверь: пишется как house/domophone/door"),
        ("set door 1/7/0 icon=lift", "дверь: icon: допустимо"),
        ("remove door 1/7/1", "В реестре нет такого: дверь 1/7/1"),
        ("remove key abcdef/6", "В реестре нет такого: ключ 00000000ABCDEF/6"),
        ("remove flat 5", "Дома и квартиры не удаляются."),
        ("remove panel 7", "панель 7: на ней дверь 1/7/0"),
        ("remove media-server media", "медиасервер media: на нём камера дом/1"),
        ("show panel 9", "В реестре нет такого: панель 9"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    bring: Import, operator: Import, rows: Rows, words: str, told: str
) -> None:
    bring(WORLD)
    before = rows(EVERYTHING)
    done = operator(*words.split())
    assert done.exit_code == 1 and told in done.stderr, (done.stdout, done.stderr)
    assert rows(EVERYTHING) == before


def test_a_field_is_set_and_the_others_stay(bring: Import, operator: Import, rows: Rows) -> None:
    bring(WORLD)
    operator("set", "panel", "7", "login=a", "password=b", "sip=107")
    sealed = rows("SELECT secret FROM panels")
    done = operator("set", "panel", "7", "name=Двор", "sip=")
    assert done.stdout == (
        "~ панель 7\n    name: (пусто) -> Двор\n    sip: 107 -> (пусто)\n"
        "Панели: новых 0, изменено 1, удалено 0.\n"
    )
    assert rows("SELECT secret FROM panels") == sealed
    operator("set", "door", "1/7/0", "entrance=")
    assert rows("SELECT name, entrance FROM doors") == [("Подъезд 1", None)]
    operator("set", "camera", "дом/1", "name=Камера")
    assert rows("SELECT c.name, house_id FROM cameras c JOIN camera_links ON true") == [
        ("Камера", 1)
    ]


def test_what_is_removed_takes_nothing_else_along(
    bring: Import, operator: Import, rows: Rows
) -> None:
    bring(WORLD)
    for words in ("door 1/7/0", "panel 7", "key abcdef/5", "camera дом/1", "media-server media"):
        done = operator("remove", *words.split())
        assert done.exit_code == 0, (words, done.stderr)
    operator("remove", "contract", "100")
    assert not rows("SELECT FROM contract_flats") and rows("SELECT id FROM contracts") == [("100",)]
    kept = {kind for kind, _ in rows(EVERYTHING)}
    assert kept == {"house", "flat", "entrance", "contract"}


def test_a_panel_is_shown_with_its_doors_flats_and_last_results(
    app: Flask, bring: Import, operator: Import
) -> None:
    bring(WORLD)
    assert operator("show", "panel", "7").stdout.endswith("\nЗа последние сутки: ничего\n")
    now = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
    later = create_app(app.config["SMARTYARD"], clock=lambda: now)
    with later.app_context(), transaction():
        for hours, opened, outcome in ((30, True, ""), (2, True, ""), (1, False, "unreachable")):
            service(EventService).record(
                Happened(
                    kind="app",
                    at=now - timedelta(hours=hours),
                    domophone_id=7,
                    door_id=0,
                    phone=Phone("79000000001"),
                    opened=opened,
                    outcome=outcome,
                )
            )
    shown = later.test_cli_runner().invoke(args=["registry", "show", "panel", "7"])
    assert shown.stdout.splitlines()[-3:] == [
        "За последние сутки: последнее",
        "  01.03.2026 14:00:05 app, выход 0: не открыто (unreachable)",
        "  01.03.2026 13:00:05 app, выход 0: открыто",
    ]


def test_a_panel_is_shown_with_all_its_fields(bring: Import, operator: Import) -> None:
    bring(WORLD)
    assert operator("show", "panel", "7").stdout.splitlines() == [
        "id: 7",
        "name: -",
        "model: beward",
        "address: http://10.0.0.7",
        "method: GET",
        "sip: -",
        "dtmf: 1",
        "syslog: -",
        "camera: дом/1",
        "login: -",
        "password: -",
        "Двери: 1",
        "  дом 1, выход 0, entrance, подъезд 1: Подъезд 1",
        "Квартир за ними: 2",
        "За последние сутки: ничего",
    ]
    assert "number: 12" in operator("show", "flat", "5").stdout


def test_a_service_of_a_flat_is_blocked_with_a_cause_and_unblocked(
    bring: Import, operator: Import, rows: Rows
) -> None:
    blocks = "SELECT flat_id, service, source, cause FROM flat_blocks ORDER BY source"
    bring(WORLD)
    block = ("block", "5", "--service", "doors", "--cause")
    assert operator(*block, "  Ремонт\nдо пятницы ").stdout == "Заблокировано.\n"
    assert operator(*block, "Ремонт до пятницы").stdout.startswith("Это уже заблокировано")
    assert rows(blocks) == [(5, "doors", "operator", "Ремонт до пятницы")]
    rows(
        "INSERT INTO flat_blocks (flat_id, service, source, cause, created_at)"
        " VALUES (5, 'doors', 'debt', 'Долг', now())"
    )
    assert operator(*block, "Ремонт до субботы").exit_code == 0
    lines = operator("list", "blocks", "--house", "1").stdout.splitlines()
    assert len(lines) == 3 and "Ремонт до субботы" in lines[2] and "debt" in lines[1]
    assert operator("list", "blocks", "--house", "2").stdout == "Пусто.\n"
    assert operator("list", "blocks", "--csv").stdout.startswith("flat,house,service,")
    assert operator("unblock", "5", "--service", "doors").stdout == "Блокировка снята.\n"
    assert operator("unblock", "5", "--service", "doors").stdout.startswith("Такой блокировки")
    assert rows(blocks) == [(5, "doors", "debt", "Долг")], "what money blocks is not the operator's"
    told = rows("SELECT action, detail FROM audit WHERE subject = 'flat:5' ORDER BY id")
    assert [action for action, _ in told] == ["added", "blocked", "blocked", "unblocked"]
    assert told[2][1] == {"service": "doors", "cause": "Ремонт до субботы"}


@pytest.mark.parametrize(
    ("flat", "cause", "words"),
    [
        ("5", " ", "Причина — от 1 до 300 знаков"),
        ("5", "x" * 301, "Причина — от 1 до 300 знаков"),
        ("99", "Долг", "Квартира 99 неизвестна."),
        ("99999999999999999999", "Долг", "Квартира 99999999999999999999 неизвестна."),
    ],
)
def test_a_block_needs_a_flat_and_a_cause(
    bring: Import, operator: Import, rows: Rows, flat: str, cause: str, words: str
) -> None:
    bring(WORLD)
    done = operator("block", flat, "--service", "doors", "--cause", cause)
    assert done.exit_code == 1 and words in done.stderr
    assert not rows("SELECT FROM flat_blocks")


def test_every_change_is_noted_with_who_and_what_it_was(
    bring: Import, operator: Import, rows: Rows
) -> None:
    bring(WORLD)
    added = {subject for (subject,) in rows("SELECT subject FROM audit WHERE action = 'added'")}
    assert added == {
        *("house:1", "flat:5", "flat:6", "contract:100", "key:00000000ABCDEF/5"),
        *("media_server:media", "camera:дом/1", "panel:7", "door:1/7/0"),
    }
    assert rows("SELECT DISTINCT actor FROM audit") == [(actor(),)]
    bring(WORLD)
    assert rows("SELECT count(*) FROM audit") == [(len(added),)], "nothing changed"
    operator("set", "door", "1/7/0", "icon=gate")
    operator("remove", "camera", "дом/1")
    newest = rows("SELECT action, subject, detail FROM audit ORDER BY id DESC LIMIT 3")
    changes: dict[str, Any] = {subject: (action, detail) for action, subject, detail in newest}
    assert changes["door:1/7/0"] == ("changed", {"icon": {"before": "entrance", "after": "gate"}})
    assert changes["panel:7"] == ("changed", {"camera": {"before": "дом/1", "after": ""}})
    action, detail = changes["camera:дом/1"]
    assert action == "removed" and detail["no_longer_seen_by"] == ["дом 1"]
    bring({"doors": [{"house": 2, "domophone": 9, "door": 0}]})
    bring({"doors": []}, "--replace", "--dry-run")
    assert rows("SELECT count(*) FROM audit") == [(len(added) + 3,)], "nothing was written"


def test_the_audit_is_listed_by_subject_and_by_day(
    bring: Import, operator: Import, rows: Rows
) -> None:
    bring(WORLD)
    rows("UPDATE audit SET at = '2026-03-01 12:00+00' WHERE subject = 'panel:7'")
    operator("set", "panel", "7", "name=Двор")
    first, second = operator("audit", "--subject", "panel:7").stdout.splitlines()[1:]
    assert "изменено" in first and f"{actor()}  " in first and "name: (пусто) -> Двор" in first
    assert second.startswith("01.03.2026 1") and "добавлено" in second
    assert "01.03.2026" not in operator("audit", "--since", "2026-03-02").stdout
    assert len(operator("audit", "--most", "2").stdout.splitlines()) == 3
    assert operator("audit", "--subject", "panel:8").stdout == "Пусто.\n"
    assert operator("audit", "--since", "вчера").exit_code == 2
