"""A town whose people have phones: Firebase is the sandbox's."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from smartyard.db import transaction
from smartyard.launcher.postgres import Cluster
from smartyard.notices import CallPush
from smartyard.phones import Phone
from smartyard.push.service import PushService
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import outside_of
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident

NEVER = "0 0 29 2 *"
# Nothing here is about time-outs, and a busy machine is slow.
PATIENT = {"fcm_connect_timeout": 20.0, "fcm_timeout": 30.0}
CALL = CallPush(
    server="sip.example.com",
    port=5060,
    transport="tcp",
    extension="2000000001",
    password="a secret of SIP",
    caller_id="Подъезд 1",
    dtmf="1",
    image="https://smartyard.example/api/call/camshot/f00d",
    live="https://smartyard.example/api/call/live/f00d",
    hash="f00d",
    flat_id=1001,
    flat_number="12",
    more={"stun": "stun:stun.example.com:3478", "stun_transport": "udp"},
)


@dataclass
class Phones:
    """Devices of residents, and the worker's work done by hand."""

    town: Town
    credentials: Path
    residents: dict[str, Resident] = field(default_factory=dict)

    def sign_in(self, token: str, phone: str = NORMAL, **more: Any) -> Resident:
        """A device with this push token."""
        resident = self.town.sign_in(phone)
        body = {"pushToken": token, "platform": "android"} | more
        assert resident.post("user/registerPushToken", body).status_code == 204
        self.residents[token] = resident
        return resident

    @property
    def service(self) -> PushService:
        assert self.town.app is not None
        found: PushService = self.town.app.extensions["smartyard"][PushService]
        return found

    def work(self) -> list[bool]:
        """What the worker does with the messages that wait; whether each device is done with."""
        assert self.town.app is not None
        waiting = self.town.rows(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'push_messages' RETURNING args"
        )
        self.town.change("DELETE FROM procrastinate_jobs WHERE task_name = 'push_messages'")
        ids = [message for (told,) in waiting for message in told["ids"]]
        with self.town.app.app_context():
            return [self.service.tell(target) for target in self.service.due(ids)]

    def ring(self, call: CallPush = CALL, phone: str = NORMAL) -> list[UUID]:
        """Ask for a ring at every device of somebody."""
        assert self.town.app is not None
        with self.town.app.app_context(), transaction():
            devices = self.service.devices([Phone(phone)])
            self.service.ring({device: call for device in devices})
        return devices

    def got(self, token: str) -> list[dict[str, str]]:
        """The data of what a device received."""
        return [push["data"] for push in self.town.sandbox.pushes(token)]

    def outcomes(self) -> list[str | None]:
        return [outcome for (outcome,) in self.town.rows("SELECT outcome FROM message_pushes")]


@pytest.fixture
def credentials(town: Town, tmp_path: Path) -> Path:
    path = tmp_path / "firebase.json"
    town.sandbox.write_service_account(path)
    return path


@pytest.fixture
def phones(town: Town, credentials: Path) -> Phones:
    town.open(fcm_credentials=credentials, fcm_url=town.sandbox.fcm_url, **PATIENT)
    return Phones(town, credentials)


@pytest.fixture
def environment(
    database_cluster: Cluster, town: Town, credentials: Path, tmp_path: Path
) -> dict[str, str]:
    """Of a worker over the same database."""
    told = outside_of(
        town.sandbox,
        fcm_url=town.sandbox.fcm_url,
        fcm_credentials=credentials,
        **PATIENT,
        refresh_schedule=NEVER,
        cleanup_schedule=NEVER,
        pay_schedule=NEVER,
        stalled_schedule="* * * * * *",
        stalled_after=4,
    )
    return environment_of(database_cluster, DATABASE, tmp_path) | told
