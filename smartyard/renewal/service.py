"""How old billing's word may grow before a door opens by it, or a phone rings.

Who reads lists is asked about when the list is read. Who only opens doors, or only answers rings,
reads none: so the worker asks about those from time to time (RIGHTS_REFRESH), and a door asks by
itself where the word is older, which happens after a long absence. A flat that billing takes away
thus closes its doors, those of its guests and its rings within that time.

While billing is silent doors open by its last word, longer than lists are shown by it
(BILLING_MAX_STALE): whoever lives there must get in, whatever befell the provider. But not for
ever: past DOORS_MAX_STALE nobody knows any more who lives there, and a door is a 503.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.contracts.homes import FlatOfMine
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.phones import Phone
from smartyard.renewal.repository import Due, Word, WordRepository

log = logging.getLogger(__name__)

_DOUBTFUL = timedelta(hours=1)  # after billing ceased to name somebody: then it is asked again


class WordTooOld(DependencyUnavailable):
    message = "Не удаётся проверить ваш доступ. Позвоните вашему оператору или попробуйте позже."

    def __init__(self) -> None:
        super().__init__(cause="billing has been silent for longer than DOORS_MAX_STALE")


class RenewalService:
    """Asks billing about whom nobody else asks."""

    def __init__(
        self,
        words: WordRepository,
        contracts: ContractService,
        *,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._words = words
        self._contracts = contracts
        self._settings = settings
        self._clock = clock

    def due(self) -> Sequence[Phone]:
        """Whom the worker is to ask about now, the oldest words first, RIGHTS_PER_TURN at most."""
        now = self._clock()
        with transaction():
            return self._words.due(
                Due(
                    lately=now - timedelta(days=self._settings.rights_used_days),
                    old=self._old(now),
                    back=now - timedelta(hours=self._settings.guests_return),
                    doubtful=now - _DOUBTFUL,
                    now=now,
                    most=self._settings.rights_per_turn,
                )
            )

    def renew(self, phone: Phone, deadline: float | None = None) -> bool:
        """Ask billing about one of them, by the rules of all copies. False where it says nothing
        that can be read: the last word stands."""
        try:
            return self._contracts.refresh(phone, deadline=deadline)
        except DependencyUnavailable as failed:
            log.warning(
                "billing says nothing of %s, whose rights are old: %s", phone.masked, failed
            )
            return False

    def flat(self, phone: Phone, flat_id: int) -> FlatOfMine:
        """A flat of a phone that wants to decide about others there. Whoever sold it, and looks in
        no list since, must not put out the new people. Raises FlatNotYours, WordTooOld."""
        flat = self._contracts.flat(phone, flat_id)
        if not self.renew_old(phone, [flat_id]):
            return flat
        flat = self._contracts.flat(phone, flat_id, ask=False)
        if self.forgotten(phone, [flat_id]):
            raise WordTooOld()
        return flat

    def renew_old(self, phone: Phone, flat_ids: Collection[int]) -> bool:
        """Before a door opens for a phone by one of these flats: ask, within the time of one
        request, about those on whose word it hangs and whose word is old. False where none is;
        True: read the rights again, and look who is `forgotten`."""
        old = self._old(self._clock())
        dated = [
            (word.fetched_at, word.phone)
            for word in self._about(phone, flat_ids)
            if word.fetched_at is not None and word.fetched_at <= old
        ]
        deadline = self._contracts.deadline()
        for whose in dict.fromkeys(whose for _, whose in sorted(dated)):
            self.renew(whose, deadline)
        return bool(dated)

    def forgotten(self, phone: Phone, flat_ids: Collection[int]) -> frozenset[int]:
        """Those of these flats of which billing has said nothing for longer than doors open by its
        last word."""
        oldest = self._clock() - timedelta(hours=self._settings.doors_max_stale)
        words = [word for word in self._about(phone, flat_ids) if word.fetched_at is not None]
        told = {word.flat_id for word in words}
        return frozenset(
            told - {word.flat_id for word in words if word.fetched_at and word.fetched_at > oldest}
        )

    def _about(self, phone: Phone, flat_ids: Collection[int]) -> list[Word]:
        """Who is billing's in a flat is no guest there: then the own word counts alone."""
        with transaction():
            words = self._words.about(phone, flat_ids, self._clock())
        own = {word.flat_id for word in words if word.phone == phone}
        return [word for word in words if word.phone == phone or word.flat_id not in own]

    def _old(self, now: datetime) -> datetime:
        return now - timedelta(seconds=self._settings.rights_refresh)
