"""People with the app, who speak to a server that is a process."""

from typing import Any

import requests

from smartyard.sandbox import Sandbox
from tests.fixtures.processes import Server


class Person:
    """Signed in by an SMS."""

    def __init__(self, server: Server, sandbox: Sandbox, phone: str) -> None:
        self.phone = phone
        self._server = server
        assert server.post("user/requestCode", body={"userPhone": phone}).status_code == 204
        code = sandbox.code_for(phone, within=20)
        told = server.post("user/confirmCode", body={"userPhone": phone, "smsCode": code})
        self._token = told.json()["data"]["accessToken"]

    def call(self, path: str, **body: Any) -> requests.Response:
        return self._server.post(path, self._token, body)

    def list(self, path: str, **body: Any) -> list[dict[str, Any]]:
        """The rows of an answer; none where there is nothing to tell."""
        answer = self.call(path, **body)
        assert answer.status_code in (200, 204), answer.text
        return list(answer.json()["data"]) if answer.status_code == 200 else []

    def press(self, panel: int, output: int) -> requests.Response:
        """Open a door from the phone."""
        return self.call("address/openDoor", domophoneId=panel, doorId=output)
