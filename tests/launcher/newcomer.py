"""What somebody does who has read the README: follows what `make run` printed, to a camera and a
payment."""

import re
from typing import Any

import requests

from tests.journeys.paying import pay_by_card
from tests.launcher.running import Run, wait_for


def get(url: str) -> Any:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return answer.json()


class Newcomer:
    """Signed in with a code read on the sandbox's page; the printed curl has asked for it."""

    def __init__(self, run: Run, phone: str) -> None:
        self._url = f"http://127.0.0.1:{run.port}/api"
        self._page = run.page_url
        self._token = ""
        texts = [sms["text"] for sms in get(f"{self._page}/messages") if sms["to"] == phone]
        code = re.findall(r"\d{4}", texts[-1])[-1]
        signed_in = self.call("user/confirmCode", {"userPhone": phone, "smsCode": code})
        self._token = signed_in["accessToken"]

    def call(self, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        answer = requests.post(f"{self._url}/{path}", json=body or {}, headers=headers, timeout=30)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()["data"]

    def watches(self) -> None:
        """Both homes' cameras, of the inventory and of billing; whose playlists the media server
        gives for the token and not without."""
        cameras = self.call("cctv/all")
        assert {one["houseId"] for one in cameras} == {101, 102}
        for one in cameras:
            for token, status in ((one["token"], 200), ("0" * 32, 403)):
                played = requests.get(f"{one['url']}/index.m3u8?token={token}", timeout=30)
                assert played.status_code == status, (one, played.text)

    def opens(self) -> None:
        """The door of the first home, at the panel of the sandbox."""
        answer = requests.post(
            f"{self._url}/address/openDoor",
            json={"domophoneId": 11, "doorId": 0},
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=30,
        )
        assert answer.status_code == 204, answer.text
        pulses = {one["name"]: one["pulses"] for one in get(f"{self._page}/panels")}
        assert pulses == {"beward": 1, "sokol": 0, "relay": 0}

    def balance(self) -> float:
        return float(self.call("user/getPaymentsList")[0]["accounts"][0]["balance"])

    def pays(self) -> None:
        """150 rubles, on the bank's page; the bank's callback is taken, billing credits them."""
        before = self.balance()
        contract = self.call("user/getPaymentsList")[0]["accounts"][0]["clientId"]
        number = self.call("pay/prepare", {"clientId": contract, "amount": 15000})
        order = self.call("pay/register", {"orderNumber": number, "amount": 15000})
        back = pay_by_card(order["formUrl"])
        assert back.status_code == 303 and back.headers["Location"].startswith(self._url)
        assert requests.get(back.headers["Location"], timeout=30).status_code == 200
        wait_for(lambda: self.balance() == before + 150, "the payment on the balance")
        wait_for(self._callbacks, "the bank's callback to be taken")

    def _callbacks(self) -> list[Any]:
        return [one for one in get(f"{self._page}/callbacks") if one["answered"] == 200]
