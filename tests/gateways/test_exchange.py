"""What an outside says as JSON: read when it is JSON, and rubbish when it is nearly."""

import pytest

from smartyard.gateways.transport import Request, Rubbish
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import reply, serving


@pytest.mark.parametrize(
    "body",
    [
        b"<html>", b"", b"{", b'{"a": NaN}', b"[-Infinity]", b"[1e999]", b"\xff\xfe",
        b'"\xed\xa0\x80"', b'{"a": ["\\uD83D"]}', b'{"\\ude00": 1}',
        b"[" * 100_000 + b"]" * 100_000, b"1" * 5000, b"{} {}",
    ],
)  # fmt: skip
def test_rubbish_for_json(make_outside: OutsideMaker, body: bytes) -> None:
    with serving(reply(200, body)) as server, pytest.raises(Rubbish):
        make_outside().ask(Request("GET", server.url), lambda answer: answer.json())


def test_json_may_begin_with_a_mark_and_write_a_letter_in_halves(
    make_outside: OutsideMaker,
) -> None:
    with serving(reply(200, '\ufeff{"a": "ё\\uD83D\\uDE00"}'.encode())) as server:
        found = make_outside().ask(Request("GET", server.url), lambda answer: answer.json())
    assert found == {"a": "ё😀"}
