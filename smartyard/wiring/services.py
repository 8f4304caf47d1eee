"""Every service, built once. What a service needs it is given here."""

from smartyard.address.offices.repository import OfficeRepository
from smartyard.address.offices.service import OfficeService
from smartyard.address.service import AddressService
from smartyard.audit import Audit
from smartyard.contracts.copies import Copies
from smartyard.contracts.guests.repository import GuestRepository
from smartyard.contracts.people import PeopleService
from smartyard.contracts.repository import HouseRepository, MemberRepository
from smartyard.contracts.service import ContractService
from smartyard.flussonic.service import VideoService
from smartyard.limits import Limits
from smartyard.registry.billed import BilledCameraRepository
from smartyard.registry.inventory.media import SealedMedia
from smartyard.registry.panels.repository import PanelRepository
from smartyard.registry.panels.service import PanelReader, Sealed
from smartyard.registry.repository import CameraRepository, DoorRepository
from smartyard.registry.service import RegistryService
from smartyard.registry.sight import SightService
from smartyard.user.repository import PersonRepository, SessionRepository
from smartyard.user.service import UserService
from smartyard.user.sessions import SessionService
from smartyard.wiring.billing import Billing, Books
from smartyard.wiring.calls import Calls
from smartyard.wiring.cameras import Cameras
from smartyard.wiring.clips import Clips
from smartyard.wiring.desk import Desk
from smartyard.wiring.doors import ByOperator, Doors, Guests, after_naming
from smartyard.wiring.events import Events, Homes
from smartyard.wiring.faces import Faces, face_flags
from smartyard.wiring.geo import Geo
from smartyard.wiring.ground import Ground, Section, each
from smartyard.wiring.hot_path import viewer_service
from smartyard.wiring.intercom import Intercoms
from smartyard.wiring.inventory import Inventories
from smartyard.wiring.menu import Menu
from smartyard.wiring.messages import Mailings, Messages, Pushes
from smartyard.wiring.money import Money, cabinet_service
from smartyard.wiring.provider import Providers
from smartyard.wiring.sign_in import SignIns
from smartyard.wiring.webhooks import Webhooks


class Services:  # pylint: disable=too-many-instance-attributes  # it is the list of them all
    """Every service, once; those below before those that use them."""

    def __init__(self, ground: Ground) -> None:
        self.limits = Limits()
        self.audit = Audit(ground.clock)
        self.webhooks = Webhooks(ground, self.audit)
        self.messages = Messages(ground, self.limits)
        self.desk = Desk(ground, self.limits, self.messages.inbox, self.webhooks.outbox)
        copies = Copies(ground.settings, ground.clock)
        self.billing = Billing(ground, copies, self.audit)
        self._add_homes(ground, copies)
        self.geo = Geo(ground, self.contracts, self.limits)
        self._add_video(ground)
        homes = self._add_events(ground)
        self.offices = OfficeService(OfficeRepository(), self.audit)
        self.address = AddressService(self.contracts, self.registry, self.people, self.events.log)
        self._add_doors(ground, homes)
        self._add_money(ground, copies)
        self._add_people(ground)
        self.pushes = Pushes(ground, self.sessions)
        self.calls = Calls(
            ground,
            self.contracts,
            self.registry,
            self.intercoms.flats,
            frames=self.events.frames,
            ringing=self.pushes.push,
        )
        self.providers = Providers(
            ground, self.audit, self.inventories, self.registry, self.contract_books.contracts
        )
        self.menu = Menu(ground, self.audit)
        self.mailings = Mailings(ground, self.messages, self.sessions, self.people)

    def all(self) -> list[object]:
        """Each service once, those of the sections too."""
        return [
            service
            for one in vars(self).values()
            for service in (one.all() if isinstance(one, Section) else [one])
        ]

    def _add_events(self, ground: Ground) -> Homes:
        homes = Homes(self.contracts, self.people, self.registry, self.intercoms.flats)
        self.face_flags = face_flags(ground, self.intercoms.flats)
        self.events = Events(
            ground,
            homes,
            media_token=self.video.server_token,
            notices=self.messages.inbox,
            outbox=self.webhooks.outbox,
            face_flags=self.face_flags.of,
        )
        return homes

    def _add_doors(self, ground: Ground, homes: Homes) -> None:
        self.doors = Doors(
            ground, self.contracts, self.registry, self.intercoms.flats, self.events.events
        )
        self.faces = Faces(
            ground,
            homes,
            self.events,
            renewal=self.doors.renewal,
            media_token=self.video.server_token,
            audit=self.audit,
            limits=self.limits,
        )
        self.guests = Guests(
            ground,
            self.contracts,
            self.people,
            self.doors.renewal,
            self.intercoms.known_code,
            audit=self.audit,
            notices=self.messages.inbox,
            limits=self.limits,
        )
        self.by_operator = ByOperator(
            ground,
            self.contracts,
            self.people,
            self.intercoms.known_code,
            audit=self.audit,
            notices=self.messages.inbox,
        )

    def _add_homes(self, ground: Ground, copies: Copies) -> None:
        self.registry = RegistryService(
            CameraRepository(),
            DoorRepository(),
            BilledCameraRepository(),
            PanelReader(PanelRepository(), Sealed(ground.keys)),
            copies=copies,
            billing=self.billing.homes,
            clock=ground.clock,
        )
        self.contracts = ContractService(
            HouseRepository(),
            MemberRepository(),
            GuestRepository(),
            copies,
            billing=self.billing.homes,
            settings=ground.settings,
            clock=ground.clock,
            on_houses=self.registry.keep_billed_doors,
            on_flats=after_naming(ground),
        )
        self.people = PeopleService(GuestRepository(), copies, ground.clock)
        self.sight = SightService(self.contracts, self.registry)
        self.inventories = Inventories(ground, self.contracts, self.audit, self.billing.losses)
        self.contract_books = Books(ground, self.billing, self.contracts, self.audit)
        self.intercoms = Intercoms(
            ground,
            self.contracts,
            self.registry,
            self.people,
            notices=self.messages.inbox,
            limits=self.limits,
            audit=self.audit,
        )

    def _add_video(self, ground: Ground) -> None:
        keys, settings, clock = ground.keys, ground.settings, ground.clock
        sealed = SealedMedia(keys)
        self.video = VideoService(
            self.contracts, self.registry, keys=keys, sealed=sealed, settings=settings, clock=clock
        )
        self.viewers = viewer_service(ground)
        self.cameras = Cameras(
            ground,
            self.contracts,
            self.registry,
            sight=self.sight,
            video=self.video,
            sealed=sealed,
            audit=self.audit,
        )
        self.clips = Clips(
            ground,
            sight=self.sight,
            video=self.video,
            limits=self.limits,
            notices=self.messages.inbox,
        )

    def _add_money(self, ground: Ground, copies: Copies) -> None:
        self.cabinet = cabinet_service(
            ground,
            self.billing,
            copies,
            contracts=self.contracts,
            people=self.people,
            limits=self.limits,
        )
        self.money = Money(
            ground,
            self.billing,
            self.cabinet,
            limits=self.limits,
            notices=self.messages.inbox,
            outbox=self.webhooks.outbox,
        )

    def _add_people(self, ground: Ground) -> None:
        people, sessions = PersonRepository(), SessionRepository()
        settings, clock = ground.settings, ground.clock
        self.sessions = SessionService(
            sessions,
            people,
            clock,
            outbox=self.webhooks.outbox,
            most=settings.sessions_per_phone,
            every=settings.session_seen_every,
        )
        self.sign_ins = SignIns(ground, self.sessions, self.limits, has_home=self.contracts.knows)
        self.users = UserService(
            people,
            sessions,
            settings=settings,
            clock=clock,
            on_leaving=each(
                self.sign_ins.by_code.forget,
                self.messages.inbox.forget,
                self.desk.tickets.forget,
                self.intercoms.flats.forget,
                self.events.follows.forget,
                self.faces.faces.forget,
                self.cabinet.forget,
            ),
        )
