"""What the log never holds: codes, tokens, whole phone numbers, names, bodies."""

import logging
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from smartyard.sandbox import Sandbox
from tests.fixtures.world import NORMAL, REFUSED
from tests.user.asking import ask, call, confirm, token_of, wrong
from tests.user.conftest import MakeApp


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_a_whole_visit_leaves_no_secret_in_the_log(
    make_app: MakeApp, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, level: int
) -> None:
    app = make_app(code_length=8, kannel_text="Тайный текст ")
    caplog.set_level(level)
    ask(app, REFUSED)
    ask(app, "8" + NORMAL[1:])
    code = sandbox.code_for(NORMAL)
    confirm(app, NORMAL, wrong(code), deviceToken="device-secret")
    token = token_of(confirm(app, NORMAL, code, deviceToken="device-secret"))
    call(app, token, "sendName", {"name": "Евпатий", "patronymic": ["wrong-shape-secret"]})
    call(app, token, "sendName", {"name": "Евпатий"})
    call(app, token, "registerPushToken", {"pushToken": "push-secret", "platform": "ios"})
    client, bearer = app.test_client(), {"Authorization": f"Bearer {token}"}
    sandbox.faults.set("billing", "rubbish", times=1)
    client.post("/api/address/getAddressList", headers=bearer)
    cameras = client.post("/api/cctv/all", headers=bearer | {"X-Dm-Api-Refresh": ""}).get_json()
    video = cameras["data"][0]["token"]
    stream = urlsplit(cameras["data"][0]["url"]).path.lstrip("/")
    assert client.get(f"/api/accessfl?name={stream}&token={video}").status_code == 200
    client.get(f"/api/accessfl?name={stream}&token={video[:-1]}0")
    call(app, token[:-1] + "0", "ping")
    call(app, token, "deleteAccount")
    ours = [record for record in caplog.records if record.name.startswith("smartyard")]
    assert len(ours) > 5 and "7900***0001" in caplog.text
    for secret in (code, wrong(code), token, video, NORMAL[1:], REFUSED[1:], "Тайный", "Евпатий",
                   "device-secret", "push-secret", "wrong-shape-secret", "pass=demo"):  # fmt: skip
        assert secret not in caplog.text, secret


def test_a_statement_that_fails_tells_nothing_of_the_person(
    make_app: MakeApp,
    sandbox: Sandbox,
    clean_database: sa.Engine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_app(code_length=8)
    ask(app, NORMAL)
    code = sandbox.code_for(NORMAL)
    rule = "ALTER TABLE persons ADD CONSTRAINT nobody CHECK (phone = '') NOT VALID"
    with clean_database.begin() as connection:
        connection.execute(sa.text(rule))
    try:
        answer = confirm(app, NORMAL, code)
    finally:
        with clean_database.begin() as connection:
            connection.execute(sa.text("ALTER TABLE persons DROP CONSTRAINT nobody"))
    assert (answer.status_code, answer.get_json()["code"]) == (500, 500)
    assert "CheckViolation" in caplog.text
    assert code not in caplog.text and NORMAL[1:] not in caplog.text
