"""Calls from panels to phones."""

from smartyard.calls.frames import FrameService
from smartyard.calls.repository import FrameRepository, RingRepository
from smartyard.calls.service import RingService
from smartyard.contracts.service import ContractService
from smartyard.events.log.frames import FrameTaker
from smartyard.intercom.service import IntercomService
from smartyard.jobs import Queue
from smartyard.notices import Ringing
from smartyard.registry.service import RegistryService
from smartyard.wiring.ground import Ground, Section


class Calls(Section):
    """`rings` answers the PBX."""

    def __init__(
        self,
        ground: Ground,
        contracts: ContractService,
        registry: RegistryService,
        intercom: IntercomService,
        *,
        frames: FrameTaker,
        ringing: Ringing,
    ) -> None:
        self.frames = FrameService(
            FrameRepository(),
            frames,
            longest=ground.settings.panel_timeout + ground.settings.snapshot_timeout,
            waiters=ground.settings.frame_waiters,
            clock=ground.clock,
        )
        self.rings = RingService(
            RingRepository(),
            self.frames,
            contracts,
            registry,
            intercom,
            ringing=ringing,
            queue=Queue(),
            keys=ground.keys,
            settings=ground.settings,
            clock=ground.clock,
        )
