"""Links that a media server lets in by themselves, by the published form of them."""

import pytest

from smartyard.gateways.flussonic.securetoken import signed
from smartyard.sandbox.securetoken import SecureLinks

SALT = "00112233445566778899aabbccddeeff"


def test_the_published_vector() -> None:
    assert signed("SECRET", "cam1", SALT, 1700000000, 1700010800) == (
        "0e75b48d984888b0df789e941094442cff4dd3d7-00112233445566778899aabbccddeeff"
        "-1700010800-1700000000"
    )


@pytest.mark.parametrize("stream", ["cam1", "house101/yard/north", "дом105-двор", "a b&c=d"])
def test_it_opens_its_stream_in_its_time_and_nothing_else(stream: str) -> None:
    links = SecureLinks("KEY")
    token = signed("KEY", stream, SALT, 0, 2**32)
    assert links.admit(stream, token)
    assert not links.admit(stream + "2", token)
    assert not SecureLinks("KEY2").admit(stream, token)
    assert not links.admit(stream, signed("KEY", stream, SALT, 0, 1_700_000_000)), "it is over"
    assert not links.admit(stream, signed("KEY", stream, SALT, 2**32, 2**33)), "not yet"


def test_nothing_of_it_can_be_written_by_others() -> None:
    links, token = SecureLinks("KEY"), signed("KEY", "cam1", SALT, 10, 2**32)
    digest, salt, end, begin = token.split("-")
    for word in (
        f"{digest}-{salt}-{int(end) + 1}-{begin}",
        f"{digest}-{salt}-{end}-9",
        f"{digest}-{salt}0-{end}-{begin}",
        f"{digest}-{salt}-{end}",
        f"{'0' * 40}-{salt}-{end}-{begin}",
        "",
        "-".join(("",) * 4),
    ):
        assert not links.admit("cam1", word), word
