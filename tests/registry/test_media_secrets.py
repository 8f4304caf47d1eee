"""How a media server knows a viewer, and what of it is secret: by files and at the command line."""

import logging
from typing import Any

import pytest
from click.testing import Result
from pydantic import SecretStr

from smartyard.registry.inventory.media import MediaSecrets, SealedMedia
from smartyard.secret import Keys
from tests.fixtures.database import SECRET_KEY
from tests.fixtures.town import Town
from tests.registry.conftest import Import, Rows, camera, inventory_of

SIGNED = {"name": "media", "url": "https://media.example", "auth": "securetoken"}
WHOLE = {**SIGNED, "auth_key": "key-a", "login": "viewer-b", "password": "pass-c"}


def kept(rows: Rows, name: str = "media") -> tuple[str, MediaSecrets]:
    """How it is asked, and what is sealed."""
    ((auth, secret),) = rows("SELECT auth, secret FROM media_servers WHERE name = :n", n=name)
    return auth, SealedMedia(Keys(SECRET_KEY.encode())).open(name, secret)


def servers(*told: dict[str, Any]) -> dict[str, Any]:
    return {"media_servers": list(told)}


def test_what_a_row_leaves_out_of_the_secrets_stays(
    bring: Import, operator: Import, rows: Rows
) -> None:
    bring(servers(WHOLE))
    told = MediaSecrets("key-a", "viewer-b", "pass-c")
    assert kept(rows) == ("securetoken", told)
    assert bring(servers(SIGNED)).stdout == "Изменений нет.\n"
    listed = operator("list", "media-servers", "--csv").stdout
    assert listed.splitlines()[0] == "name,url,type,hls_mode,auth"
    assert bring(listed).stdout == "Изменений нет.\n"
    bring(servers({**SIGNED, "url": "https://other.example"}))
    assert kept(rows) == ("securetoken", told)
    bring(servers({**SIGNED, "login": "", "password": ""}))
    assert kept(rows) == ("securetoken", MediaSecrets("key-a"))
    operator("set", "media-server", "media", "auth=token")
    assert kept(rows) == ("token", MediaSecrets()), "its key goes with its links"
    assert rows("SELECT secret FROM media_servers") == [(None,)]


def test_it_asks_us_where_nothing_else_is_said(bring: Import, rows: Rows) -> None:
    bring(inventory_of(camera("a")))
    assert kept(rows) == ("token", MediaSecrets())


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (SIGNED, "медиасервер media: auth_key: при auth securetoken не указано"),
        ({**WHOLE, "auth_key": ""}, "auth_key: при auth securetoken не указано"),
        ({**WHOLE, "type": "nimble"}, "securetoken бывает только у типа flussonic"),
        ({**WHOLE, "auth": "token"}, "auth_key бывает только при auth securetoken"),
        ({**WHOLE, "auth": "basic"}, "auth: допустимо"),
        ({**WHOLE, "login": "a:b"}, "в логине не бывает двоеточия"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    bring: Import, rows: Rows, row: dict[str, Any], told: str
) -> None:
    done = bring(servers(row))
    assert done.exit_code == 1 and told in done.stderr, done.stderr
    assert not rows("SELECT 1 FROM media_servers")


def test_the_server_that_billing_had_made_is_taken_over_with_its_key(
    bring: Import, rows: Rows
) -> None:
    rows(
        "INSERT INTO media_servers (name, url, type, hls_mode, source) VALUES"
        " ('https://media.example', 'https://media.example', 'flussonic', 'mpegts', 'billing')"
    )
    assert bring(servers(WHOLE)).exit_code == 0
    assert rows("SELECT name FROM media_servers") == [("media",)]
    assert kept(rows)[1].auth_key == "key-a"


def test_no_secret_is_in_what_an_operator_reads_nor_in_the_audit(
    bring: Import, operator: Import, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[Result] = [
        bring(servers(WHOLE), "--dry-run"),
        bring(servers(WHOLE)),
        bring(servers({**WHOLE, "auth_key": "key-new"})),
        operator("set", "media-server", "media", "password=pass-new"),
        *(operator("list", "media-servers", *words) for words in ([], ["--csv"])),
        operator("show", "media-server", "media"),
        operator("audit"),
        operator("remove", "media-server", "media"),
        operator("audit"),
    ]
    assert not any(done.exit_code for done in said), [done.stderr for done in said]
    everything = "".join(done.stdout + done.stderr for done in said) + caplog.text
    everything += str(rows("SELECT to_jsonb(audit)::text FROM audit"))
    assert "auth: securetoken" in everything and "auth_key: изменено" in everything
    for secret in ("key-a", "key-new", "viewer-b", "pass-c", "pass-new"):
        assert secret not in everything, secret


def test_what_another_secret_key_sealed_is_said_and_may_be_told_anew(
    town: Town, bring: Import, rows: Rows
) -> None:
    bring(servers(WHOLE))
    sealed = rows("SELECT secret FROM media_servers")
    runner = town.open(secret_key=SecretStr("y" * 40)).test_cli_runner()

    def change(*words: str) -> Result:
        return runner.invoke(args=["registry", "set", "media-server", "media", *words])

    shown = runner.invoke(args=["registry", "show", "media-server", "media"]).stdout
    assert "auth_key: зашифрован другим SECRET_KEY" in shown
    done = change("auth_key=key-new")
    assert done.exit_code == 1
    assert "login, password: зашифровано другим SECRET_KEY, укажите заново" in done.stderr
    for words in (["hls_mode=fmp4"], ["auth=token"], ["auth=securetoken"]):
        assert change(*words).exit_code == 0
        assert rows("SELECT secret FROM media_servers") == sealed, "the right key may come back"
    assert change("auth_key=key-new", "login=", "password=").exit_code == 0
    assert rows("SELECT secret FROM media_servers") != sealed
