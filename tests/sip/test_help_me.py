"""The call to support from the menu of the app."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from smartyard.config import SettingsError, load
from tests import contract
from tests.fixtures.town import Town
from tests.fixtures.world import NOBODY, NORMAL

HELP_ME = "sip/helpMe"
LINE = {
    "sip_server": "sip.example.com",
    "sip_port": 5061,
    "sip_transport": "tls",
    "help_dial": "429999",
    "help_extension": "support",
    "help_pass": SecretStr("of-everybody"),
}
ANSWER = {
    "server": "sip.example.com",
    "port": 5061,
    "transport": "tls",
    "extension": "support",
    "pass": "of-everybody",
    "dial": "429999",
}


def test_the_line_of_the_settings_is_answered_as_documented(town: Town) -> None:
    town.open(**LINE)
    answer = town.sign_in(NORMAL).post(HELP_ME)
    assert contract.problems(contract.endpoints()[f"/api/{HELP_ME}"], answer) == []
    assert answer.get_json()["data"] == ANSWER
    town.open(**LINE, sip_stun="stun:stun.example.com:3478")
    told = town.sign_in(NOBODY).post(HELP_ME, {}).get_json()["data"]
    assert told == ANSWER | {"stun": "stun:stun.example.com:3478"}


@pytest.mark.parametrize("told", [{}, {"sip_server": "sip.example.com"}])
def test_without_a_line_it_is_204(town: Town, told: dict[str, str]) -> None:
    town.open(**told)
    answer = town.sign_in(NORMAL).post(HELP_ME, {})
    assert (answer.status_code, answer.data) == (204, b"")


HALVES = [
    "HELP_DIAL=429999",
    "HELP_PASS=secret-word",
    "HELP_DIAL=429999\nHELP_EXTENSION=support\nHELP_PASS=secret-word",
    "SIP_SERVER=sip.example.com\nHELP_DIAL=429999\nHELP_PASS=secret-word",
]


@pytest.mark.parametrize("text", HALVES)
def test_half_a_line_is_a_wrong_setting(tmp_path: Path, text: str) -> None:
    path = tmp_path / ".env"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="HELP_DIAL.*together") as caught:
        load(path)
    assert "secret" not in str(caught.value)


def test_a_whole_line_is_a_good_one(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(f"{HALVES[2]}\nSIP_SERVER=sip.example.com", encoding="utf-8")
    assert load(path).has_help_line
