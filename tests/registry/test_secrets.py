"""Logins, passwords and addresses with keys: kept sealed, and shown by nothing that speaks."""

import json
import logging

import pytest
from click.testing import Result
from flask import Flask
from pydantic import SecretStr

from smartyard.registry.service import RegistryService
from smartyard.web import service
from tests.fixtures.town import Town
from tests.registry.conftest import Import, Rows

BEWARD = {
    "id": 7,
    "model": "beward",
    "address": "http://10.0.0.7",
    "login": "user-a",
    "password": "pass-b",
}
GATE = {"id": 8, "model": "url", "address": "https://gate.example/key-c/open?k=key-d"}
SECRETS = ("user-a", "pass-b", "key-c", "key-d", "pass-new")


def credentials(app: Flask, panel: int = 7) -> tuple[str, str]:
    with app.app_context():
        found = service(RegistryService).panel(panel)
    assert found is not None
    return found.login, found.password


def test_no_secret_is_in_what_an_operator_reads_nor_in_the_audit(
    bring: Import, operator: Import, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    file = {"panels": [BEWARD, GATE]}
    said: list[Result] = [
        bring(file, "--dry-run"),
        bring(file),
        bring({"panels": [{**BEWARD, "password": "pass-new"}]}, "--dry-run"),
        bring({"panels": [{**BEWARD, "password": "pass-new"}]}),
        operator("set", "panel", "8", "address=https://gate.example/key-d"),
        operator("set", "panel", "7", "password=pass-b"),
        bring({"panels": [{**BEWARD, "id": 7, "address": "key-c", "password": "pass-b\n"}]}),
        bring({"panels": [{**GATE, "address": "https://user-a:pass-b@gate.example/"}]}),
        operator("set", "panel", "7", "password=pass-b", "password=pass-b"),
        *(operator("list", "panels", *words) for words in ([], ["--csv"], ["--house", "1"])),
        operator("show", "panel", "7"),
        operator("show", "panel", "8"),
        operator("audit"),
        operator("remove", "panel", "8"),
        operator("audit"),
    ]
    assert [done.exit_code for done in said].count(1) == 3
    everything = "".join(done.stdout + done.stderr for done in said) + caplog.text
    everything += str(rows("SELECT to_jsonb(audit)::text FROM audit"))
    assert "gate.example/…" in everything and "задан" in everything and "изменено" in everything
    for secret in SECRETS:
        assert secret not in everything, secret
    kept = str(rows("SELECT to_jsonb(panels)::text FROM panels"))
    assert "pass-b" not in kept and "user-a" not in kept


def test_what_a_row_leaves_out_stays_and_what_is_empty_goes(bring: Import, app: Flask) -> None:
    bring({"panels": [BEWARD]})
    assert credentials(app) == ("user-a", "pass-b")
    left_out = {name: BEWARD[name] for name in ("id", "model", "address")}
    assert bring({"panels": [left_out]}).stdout == "Изменений нет.\n"
    done = bring("id,model,address,login,password\n7,beward,http://10.0.0.7,,\n")
    assert done.stdout == "Изменений нет.\n", "an empty cell says nothing"
    bring({"panels": [{**left_out, "name": "Двор", "password": "pass-new"}]})
    assert credentials(app) == ("user-a", "pass-new")
    bring({"panels": [{**left_out, "login": "", "password": ""}]})
    assert credentials(app) == ("", "")
    bring({"panels": [BEWARD]})
    bring({"panels": [{"id": 7, "model": "none"}]})
    assert credentials(app) == ("", ""), "nothing of ours opens it"


def test_a_url_that_is_left_out_stays_and_another_device_needs_its_own(
    bring: Import, operator: Import, rows: Rows
) -> None:
    bring({"panels": [GATE]})
    listed = operator("list", "panels", "--csv").stdout
    assert listed.splitlines()[1] == "8,,url,,GET,,1,,"
    assert bring(listed).stdout == "Изменений нет.\n"
    assert bring({"panels": [{"id": 8, "model": "url", "method": "POST"}]}).exit_code == 0
    assert rows("SELECT address, method FROM panels") == [(GATE["address"], "POST")]
    for row in ({"id": 9, "model": "url"}, {"id": 8, "model": "sokol"}):
        assert "не указано" in bring({"panels": [row]}).stderr
    rows("TRUNCATE panels CASCADE")
    assert "панель 8: address: у модели url не указано" in bring(listed).stderr


def test_what_another_secret_key_sealed_is_said_and_may_be_told_anew(
    town: Town, bring: Import
) -> None:
    bring({"panels": [BEWARD]})
    other = town.open(secret_key=SecretStr("y" * 40))
    sealed = town.one("SELECT secret FROM panels")

    def run(*words: str, given: str = "") -> Result:
        return other.test_cli_runner().invoke(args=["registry", *words], input=given)

    words = "зашифрован другим SECRET_KEY"
    assert f"login: {words}" in run("show", "panel", "7").stdout
    assert words in run("list", "panels").stdout
    row = {name: BEWARD[name] for name in ("id", "model", "address", "password")}
    done = run("import", "-", given=json.dumps({"panels": [row]}))
    assert done.exit_code == 1
    assert "панель 7: login и password зашифрованы другим SECRET_KEY, укажите оба" in done.stderr
    assert run("set", "panel", "7", "name=Двор").exit_code == 0
    assert town.one("SELECT secret FROM panels") == sealed, "the right key may still come back"
    assert run("set", "panel", "7", "login=user-a", "password=-", given="pass-new\n").exit_code == 0
    assert credentials(other) == ("user-a", "pass-new")
