"""People who ask the operator for things, the operator at the command line, and those outside."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from smartyard.issues.desk.handing import HandingService
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident

CALLBACK = {"type": "requestCallback", "userName": "Иван"}
COURIER = {
    "type": "requestQRCodeCourier",
    "userName": "Иван",
    "inputAddress": "г. Примерск, ул. Первая, д. 1",
}


def form(
    description: str, *actions: str, summary: str = "Авто: Заявка с сайта", **fields: Any
) -> dict[str, Any]:
    """A ticket in the first spelling; `fields` are JIRA's, with an `f` before their numbers."""
    return {
        "issue": {"project": "REM", "summary": summary, "description": description, "type": 32},
        "customFields": {"10011": "-1", "12440": "Приложение"}
        | {name[1:]: value for name, value in fields.items()},
        "actions": ["Начать работу", *actions],
    }


def made(resident: Resident, body: dict[str, Any]) -> str:
    """The key of a ticket, by the spelling that the body is in."""
    answer = resident.post("issues/createV2" if "type" in body else "issues/create", body)
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["data"])


def shown(resident: Resident) -> list[dict[str, Any]]:
    """The home screen's tickets."""
    answer = resident.post("issues/listConnect")
    assert answer.status_code in (200, 204), answer.text
    return list(answer.get_json()["data"]) if answer.status_code == 200 else []


class Desk:
    """The operator: tickets by command, and the worker's turn at mail and webhook."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def run(self, *words: str) -> Result:
        assert self.town.app is not None
        return self.town.app.test_cli_runner().invoke(args=["tickets", *words])

    def turn(self) -> list[bool]:
        """What is due is handed on once; whether each was taken."""
        assert self.town.app is not None
        handing: HandingService = self.town.app.extensions["smartyard"][HandingService]
        with self.town.app.app_context():
            return [handing.hand_on(row) for row in handing.due()]

    def steps(self, key: str) -> list[tuple[str, str]]:
        """What happened to a ticket, as its rows tell."""
        return self.town.rows(
            "SELECT kind, text FROM ticket_steps WHERE ticket_id = :number ORDER BY id",
            number=int(key.partition("-")[2]),
        )


@pytest.fixture
def desk(town: Town) -> Desk:
    town.open()
    return Desk(town)


@pytest.fixture
def open_desk(town: Town) -> Callable[..., Desk]:
    """An operator with other settings."""

    def opened(**changes: Any) -> Desk:
        town.open(**changes)
        return Desk(town)

    return opened


@pytest.fixture
def resident(town: Town) -> Resident:
    return town.sign_in(NORMAL)
