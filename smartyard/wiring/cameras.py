"""Cameras: their lists, what is recorded, and what of it is published."""

from smartyard.audit import Audit
from smartyard.cctv.recordings import RecordingService
from smartyard.cctv.service import CctvService
from smartyard.cctv.videos.repository import VideoRepository
from smartyard.cctv.videos.service import VideoListService
from smartyard.contracts.service import ContractService
from smartyard.flussonic.service import VideoService
from smartyard.registry.inventory.media import SealedMedia
from smartyard.registry.service import RegistryService
from smartyard.registry.sight import SightService
from smartyard.wiring.ground import Ground, Section


class Cameras(Section):
    """What the apps show of cameras."""

    def __init__(
        self,
        ground: Ground,
        contracts: ContractService,
        registry: RegistryService,
        *,
        sight: SightService,
        video: VideoService,
        sealed: SealedMedia,
        audit: Audit,
    ) -> None:
        settings = ground.settings
        self.lists = CctvService(contracts, registry, sight, video, settings)
        self.recordings = RecordingService(
            sight,
            video,
            ground.gateways.ranges,
            sealed=sealed,
            settings=settings,
            clock=ground.clock,
        )
        self.videos = VideoListService(VideoRepository(), sight, audit, settings.timezone)
