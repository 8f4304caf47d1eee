"""What is told of each kind, and that it costs nothing where nobody wants to know."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from smartyard.db import transaction
from smartyard.phones import Phone
from smartyard.webhooks.outbox import WebhookOutbox
from tests.fixtures.database import SECRET_KEY
from tests.fixtures.money import Money
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL
from tests.fixtures.yard import BEWARD, FLAT, HOUSE, Yard, press
from tests.gateways.servers import reply, serving
from tests.issues.conftest import COURIER, made
from tests.webhooks.conftest import HERE, Post, documented, verified

OpenPost = Callable[..., Post]


def test_a_sign_in_is_told_once_however_often_the_answer_was_lost(town: Town, post: Post) -> None:
    secret = post.add()
    resident = town.sign_in(NORMAL)
    code = town.sandbox.code_for(NORMAL)
    again = {"userPhone": NORMAL, "smsCode": code}
    assert resident.client.post("/api/user/confirmCode", json=again).status_code == 200
    assert post.turn() == 1 and post.turn() == 0
    (sent,) = post.sent
    moment = town.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert verified(secret, sent) == {
        "type": "session.started",
        "timestamp": moment,
        "data": {"phone": Phone(NORMAL).masked},  # the sandbox is told by http
    }
    assert documented("session.started")["data"] == {"phone": NORMAL}
    assert sent["id"].startswith("msg_") and "." not in sent["id"]


def test_a_ticket_is_told_without_a_persons_words_where_others_could_read_them(
    town: Town, post: Post
) -> None:
    post.add("ticket.created")
    resident = town.sign_in(NORMAL)
    key = made(resident, COURIER)
    resident.post("issues/comment", {"key": key, "comment": "После шести"})
    assert made(resident, COURIER) == key, "iOS asks again"
    assert post.turn() == 1
    assert [one["data"] for one in post.told] == [
        {
            "key": key,
            "type": "requestQRCodeCourier",
            "phone": Phone(NORMAL).masked,
            "delivery": "courier",
        }
    ]


def test_over_https_everything_is_told(town: Town, open_post: OpenPost, certificate: Any) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serving(reply(204), tls) as server:
        post = open_post(webhook_ca=certificate)
        secret = post.add("ticket.created", url=server.url + "/hooks?token=1")
        key = made(town.sign_in(NORMAL), COURIER)
        assert post.turn() == 1
        assert len(server.seen) == 1
        seen = server.seen[0]
        assert seen.target == "/hooks?token=1"
        headers = {name: str(value) for name, value in seen.headers.items()}
        assert headers["Content-Type"] == "application/json"
        names = ("id", "timestamp", "signature")
        sent = {name: headers[f"webhook-{name}"] for name in names} | {"body": seen.body.decode()}
        assert verified(secret, sent)["data"] == documented("ticket.created")["data"] | {"key": key}


def test_a_door_is_told_when_it_opened_and_not_when_nobody_knows(yard: Yard) -> None:
    post = Post(yard.town.open(**HERE), yard.town.sandbox, yard.town.engine, yard.town.clock)
    resident = yard.at_home(NORMAL)
    post.add("door.opened")
    yard.break_panel(BEWARD, "refuse", times=1)
    assert press(resident, BEWARD).status_code == 503
    yard.town.clock.forward(seconds=5)
    assert press(resident, BEWARD).status_code == 204
    assert press(resident, BEWARD).status_code == 204, "a double tap is the same opening"
    assert post.turn() == 1
    (told,) = post.told
    ((event,),) = yard.town.rows("SELECT id::text FROM events WHERE opened")
    own = {"eventId": event, "phone": Phone(NORMAL).masked}
    assert told["data"] == documented("door.opened")["data"] | own
    assert (told["data"]["houseId"], told["data"]["flatIds"]) == (HOUSE, [FLAT])


def test_a_key_of_two_flats_opens_one_door(yard: Yard) -> None:
    from smartyard.events.service import (  # pylint: disable=import-outside-toplevel
        EventService,
        Happened,
    )

    post = Post(yard.town.open(**HERE), yard.town.sandbox, yard.town.engine, yard.town.clock)
    post.add("door.opened")
    what = Happened(
        "key", yard.town.clock(), domophone_id=BEWARD, opened=True, key="0000AB12CD34EF"
    )
    what = replace(what, external=("syslog", "one"))
    with post.app.app_context():
        for _ in range(2):  # the second is a repeat
            with transaction():
                post.service(EventService).record_for(what, [FLAT, FLAT + 1])
    assert post.turn() == 1
    (told,) = post.told
    assert told["data"]["flatIds"] == [FLAT, FLAT + 1]
    assert "AB12CD" not in str(told), "a key that is read can be copied"


def test_a_payment_is_told_when_billing_took_it(money: Money) -> None:
    from smartyard.wiring import create_app  # pylint: disable=import-outside-toplevel

    settings = money.settings.model_copy(update=HERE)
    money.app = create_app(settings, clock=money.clock)
    post = Post(money.app, money.sandbox, money.engine, money.clock)
    post.add("payment.credited")
    money.sandbox.faults.set("billing", "error", method="confirmpayment")
    order = money.registered(15042)
    money.sandbox.bank.pay(order)
    money.clock.forward(seconds=20)
    money.turn()
    assert money.state(order) == "paid" and post.turn() == 0
    money.sandbox.faults.clear()
    money.clock.forward(seconds=3600)
    money.turn()
    assert money.state(order) == "credited" and post.turn() == 1
    own = {"order": order, "phone": Phone(NORMAL).masked}
    (told,) = post.told
    assert told["data"] == documented("payment.credited")["data"] | own
    assert told["data"]["amountKopecks"] == 15042


def statements(yard: Yard, post: Post) -> list[str]:
    """What one opening sends to the database."""
    resident = yard.at_home(NORMAL)
    press(resident, BEWARD)
    yard.town.clock.forward(seconds=5)
    with yard.town.counting(post.app) as sent:
        assert press(resident, BEWARD).status_code == 204
    yard.town.clock.forward(seconds=5)
    return sent


def test_a_door_costs_no_statement_more_where_nobody_wants_to_know(yard: Yard) -> None:
    changes = HERE | {"webhook_look_every": 3600.0}
    post = Post(yard.town.open(**changes), yard.town.sandbox, yard.town.engine, yard.town.clock)
    plain = statements(yard, post)
    assert not any("webhook" in statement for statement in plain)
    post.add("payment.credited", "ticket.created")
    other = statements(yard, post)
    assert not any("webhook" in statement for statement in other)
    post.add("door.opened", name="guards")
    wanted = statements(yard, post)
    assert len(wanted) == len(other) + 1 == len(plain) + 1


def test_what_is_rolled_back_is_told_to_nobody(post: Post) -> None:
    post.add()
    outbox: WebhookOutbox = post.service(WebhookOutbox)
    with post.app.app_context():
        with pytest.raises(LookupError), transaction():
            outbox.put("ticket.created", "REM-1", post.clock(), {"key": "REM-1"})
            raise LookupError("something after it fails")
        assert post.states == [] and post.turn() == 0
        for _ in range(2):  # the same key is the same message
            with transaction():
                outbox.put("ticket.created", "REM-1", post.clock(), {"key": "REM-1"})
    assert post.turn() == 1 and len(post.sent) == 1


def test_two_installations_never_give_one_id_to_two_messages(
    town: Town, post: Post, open_post: OpenPost
) -> None:
    post.add()
    other = open_post(secret_key=SecretStr(SECRET_KEY + ", of another installation"))
    for one in (post, other):
        with one.app.app_context(), transaction():
            one.service(WebhookOutbox).put("ticket.created", "REM-1", town.clock(), {})
    assert len(post.rows("SELECT id FROM webhook_events")) == 2


def test_a_process_hears_of_an_endpoint_of_another_in_its_time(
    town: Town, post: Post, open_post: OpenPost
) -> None:
    other = open_post(webhook_look_every=10.0)

    def put(number: int) -> int:
        with other.app.app_context(), transaction():
            other.service(WebhookOutbox).put("ticket.created", f"REM-{number}", town.clock(), {})
        return len(post.states)

    assert put(1) == 0
    post.add()
    assert put(2) == 0
    town.clock.forward(seconds=10)
    assert put(3) == 1
    post.run("remove", "crm")
    assert put(4) == 0, "whoever was removed is told nothing, known or not"
