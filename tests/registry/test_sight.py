"""The right to one camera: the same as the list of cameras gives, with a status for each reason."""

import pytest

from smartyard.errors import AppError, DependencyUnavailable
from smartyard.phones import Phone
from smartyard.registry.sight import CameraNotYours, CctvNotConnected, CctvNotPaid, SightService
from smartyard.web import service
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, UNPAID


def sees(town: Town, phone: str, camera_id: int) -> type[AppError] | int | str:
    """The stream that is found, or the kind of the refusal, or 503."""
    app = town.app or town.open()
    with app.app_context():
        try:
            return str(service(SightService).camera(Phone(phone), camera_id).camera.stream)
        except DependencyUnavailable as silent:
            return silent.status
        except AppError as refused:
            return type(refused)


def test_a_camera_of_ones_own_house_and_flat_is_seen_and_a_neighbours_is_not(town: Town) -> None:
    yard = town.camera("yard", houses=[101])
    hall = town.camera("hall", houses=[102])
    assert sees(town, NORMAL, yard) == sees(town, NEIGHBOUR, yard) == "yard"
    assert sees(town, NORMAL, hall) == "hall"
    for phone, camera in ((NEIGHBOUR, hall), (NOBODY, yard), (NORMAL, 999_999)):
        assert sees(town, phone, camera) is CameraNotYours


def test_what_is_not_paid_or_not_connected_is_told_apart(town: Town) -> None:
    yard, far = town.camera("yard", houses=[101]), town.camera("far", houses=[105])
    assert sees(town, UNPAID, far) is CctvNotPaid
    assert sees(town, NORMAL, yard) == "yard"
    town.sandbox.world.set_unpaid(NORMAL, ["cctv"])
    town.clock.forward(seconds=town.settings.billing_ttl + 1)
    assert sees(town, NORMAL, yard) is CctvNotPaid
    town.sandbox.world.set_unpaid(NORMAL, [])
    town.clock.forward(seconds=town.settings.billing_ttl + 1)
    town.sandbox.faults.set("billing", "error")
    assert sees(town, NORMAL, yard) is CctvNotPaid, "the last good word holds"
    town.change("UPDATE flat_members SET services = '{internet}' WHERE phone = :one", one=NORMAL)
    assert sees(town, NORMAL, yard) is CctvNotConnected


@pytest.mark.parametrize("known", [False, True])
def test_a_billing_that_is_silent_is_503_only_where_it_said_nothing(
    town: Town, known: bool
) -> None:
    yard = town.camera("yard", houses=[101])
    if known:
        assert sees(town, NORMAL, yard) == "yard"
    town.sandbox.faults.set("billing", "error")
    assert sees(town, NORMAL, yard) == ("yard" if known else 503)
