"""What an endpoint's answer means: taken or not, and for how long it wants to be left alone."""

from datetime import UTC, datetime

import pytest

from smartyard.gateways.webhook import Message, Receiver, Reply, WebhookGateway
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import reply, serving

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
SECRET = "whsec_" + "a" * 32


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999999999999999", 999999999),
        ("Mon, 30 Nov 2026 09:01:30 GMT", 90),
        ("Mon, 30 Nov 2026 08:00:00 GMT", 0),
        ("Mon, 30 Nov 2026 09:01:30", 0),
        ("-5", 0),
        ("soon", 0),
        ("\u0661\u0662".encode().decode("latin-1"), 0),
        ("", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    make_outside: OutsideMaker, told: str, seconds: float
) -> None:
    with serving(reply(503, b"", f"Retry-After: {told}")) as server:
        gateway = WebhookGateway(lambda name, tls: make_outside())
        line = gateway.line(Receiver("crm", server.url, (SECRET,)))
        assert line.send(Message("msg_1", NOW, "{}")) == Reply(503, seconds)


def test_only_what_succeeds_is_taken() -> None:
    taken = [status for status in range(100, 600) if Reply(status).is_taken]
    assert taken == list(range(200, 300))
