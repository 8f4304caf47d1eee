"""Background work of the log: pictures. The rules are in the service."""

from uuid import UUID

from smartyard.events.log.pictures import PictureTaker
from smartyard.events.service import TAKE_PICTURE
from smartyard.jobs import Jobs

AT_ONCE = 3


def register(jobs: Jobs, pictures: PictureTaker) -> None:
    """`take_picture`, which EventService asks for: in places of its own, since it must be soon."""

    @jobs.task(TAKE_PICTURE, apart=AT_ONCE)
    def _take_picture(events: list[str], panel: int | None, camera: int | None) -> None:
        pictures.take([UUID(one) for one in events], panel, camera)
