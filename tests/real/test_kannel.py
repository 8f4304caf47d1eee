"""The whole way of a code: asked for at our app, through a real Kannel, read on the air, taken."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from pydantic import SecretStr

from smartyard.config import Settings
from smartyard.wiring import create_app
from tests.gateways.test_kannel_real import MISSING, Kannel

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(bool(MISSING), reason=f"kannel and kannel-extras: no {', '.join(MISSING)}"),
]

TEXTS = [
    ("РОСТЕЛЕСЕТЬ код подтверждения: ", "", "РОСТЕЛЕСЕТЬ код подтверждения: {code}"),
    ("«Ёлки» & 100% + «кавычки» №5 — код ", "", "«Ёлки» & 100% + «кавычки» №5 — код {code}"),
    ("Код: ", "@example.com #{code}", "Код: {code}\n@example.com #{code}"),
]


def app_of(settings: Settings, kannel: Kannel, beginning: str, last_line: str) -> FlaskClient:
    """A client of our app, whose outside is the real Kannel."""
    told = {
        "kannel_host": "127.0.0.1",
        "kannel_port": kannel.port,
        "kannel_user": "tester",
        "kannel_pass": SecretStr("foo bar&"),
        "kannel_from": "SmartYard",
        "kannel_text": beginning,
        "kannel_timeout": 20.0,
        "sms_last_line": last_line,
    }
    return create_app(settings.model_copy(update=told)).test_client()


def test_what_the_operator_wrote_arrives_letter_by_letter_and_its_code_signs_in(
    settings: Settings, clean_database: sa.Engine, kannel: Kannel
) -> None:
    assert clean_database is not None
    for number, (beginning, last_line, expected) in enumerate(TEXTS, 1):
        phone = f"7900123456{number}"
        client = app_of(settings, kannel, beginning, last_line)
        asked = client.post("/api/user/requestCode", json={"userPhone": f"8{phone[1:]}"})
        assert asked.status_code == 204, asked.text
        sender, to, text = kannel.arrived(number)[-1]
        code = text[len(beginning) :][:4]
        assert code.isascii() and code.isdigit()
        assert (sender, to, text) == ("SmartYard", phone, expected.replace("{code}", code))
        told = client.post("/api/user/confirmCode", json={"userPhone": phone, "smsCode": code})
        assert told.status_code == 200, told.text
