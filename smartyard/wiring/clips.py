"""Clips: asking for them, and fetching them."""

from smartyard.clips.making.fetching import FetchService
from smartyard.clips.making.shelf import Shelf
from smartyard.clips.repository import ClipRepository
from smartyard.clips.service import ClipService
from smartyard.flussonic.service import VideoService
from smartyard.limits import Limits
from smartyard.notices import Notices
from smartyard.registry.sight import SightService
from smartyard.wiring.ground import Ground, Section


class Clips(Section):
    """`asked` answers the apps; `fetching` is the worker's."""

    def __init__(
        self,
        ground: Ground,
        *,
        sight: SightService,
        video: VideoService,
        limits: Limits,
        notices: Notices,
    ) -> None:
        settings, clips = ground.settings, ClipRepository()
        shelf = Shelf(settings.work_dir / "clips", settings.min_free_gb * 10**9)
        self.asked = ClipService(
            clips, shelf, sight=sight, limits=limits, settings=settings, clock=ground.clock
        )
        self.fetching = FetchService(
            clips,
            shelf,
            ground.gateways.archive,
            sight=sight,
            video=video,
            notices=notices,
            settings=settings,
            clock=ground.clock,
        )
