"""What people are told: the inbox, pushes, and mailings."""

from collections.abc import Sequence

from smartyard.contracts.people import PeopleService
from smartyard.inbox.repository import MessageRepository
from smartyard.inbox.service import InboxService
from smartyard.jobs import Queue
from smartyard.limits import Limits
from smartyard.mailings.repository import MailingRepository
from smartyard.mailings.service import MailingService
from smartyard.phones import Phone
from smartyard.push.repository import PushRepository
from smartyard.push.service import PushService
from smartyard.user.sessions import SessionService
from smartyard.wiring.ground import Ground, Section


class Messages(Section):
    """`inbox` is what all others are given as `Notices`."""

    def __init__(self, ground: Ground, limits: Limits) -> None:
        self.inbox = InboxService(
            MessageRepository(),
            limits=limits,
            queue=Queue(),
            pushing=ground.gateways.firebase.configured,
            settings=ground.settings,
            clock=ground.clock,
        )


class Pushes(Section):
    """`push` is what calls are given as `Ringing`."""

    def __init__(self, ground: Ground, sessions: SessionService) -> None:
        self.push = PushService(
            PushRepository(),
            sessions,
            Queue(),
            firebase=ground.gateways.firebase,
            rings=ground.gateways.firebase_rings,
            clock=ground.clock,
        )


class Audience:
    """Whom a mailing is for: `People`, from those who know them."""

    def __init__(self, sessions: SessionService, people: PeopleService) -> None:
        self._sessions = sessions
        self._people = people

    def phones(self, audience: str, place_id: int | None, after: str, most: int) -> Sequence[Phone]:
        if audience == "all":
            return self._sessions.people(after, most)
        place = {f"{audience}_id": place_id}
        return self._people.phones_at(**place, after=after, most=most)

    def count(self, audience: str, place_id: int | None) -> int:
        if audience == "all":
            return self._sessions.count_people()
        return self._people.count_at(**{f"{audience}_id": place_id})


class Mailings(Section):
    """What the operator tells many."""

    def __init__(
        self, ground: Ground, messages: Messages, sessions: SessionService, people: PeopleService
    ) -> None:
        self.mailings = MailingService(
            MailingRepository(),
            Audience(sessions, people),
            messages.inbox,
            Queue(),
            ground.clock,
        )
