"""A flat's QR code, on a card that the operator hands out: who reads it is let into the flat.

128 random bits, kept as a keyed hash. The card may hold a whole address: what counts is what stands
after the last `/`, `=` or `_`.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from smartyard.audit import Audit
from smartyard.config import Settings
from smartyard.contracts.people import PeopleService, Person
from smartyard.db import transaction
from smartyard.errors import TooOften
from smartyard.guard import Caller
from smartyard.limits import Limit, LimitReached, Limits, network
from smartyard.notices import Notice, Notices
from smartyard.phones import Phone
from smartyard.qr.models import FlatQr
from smartyard.qr.repository import QrRepository
from smartyard.secret import Keys

_HOUR = 3600.0
_CODE = re.compile("[0-9a-f]{32}")

Outcome = Literal["let in", "there already", "no code", "put out", "old", "full"]


class TooManyTries(TooOften):
    message = "Слишком много попыток. Попробуйте через час."


class QrService:
    """Makes codes and takes them."""

    def __init__(
        self,
        codes: QrRepository,
        people: PeopleService,
        *,
        keys: Keys,
        audit: Audit,
        notices: Notices,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._codes = codes
        self._people = people
        self._keys = keys
        self._audit = audit
        self._notices = notices
        self._limits = limits
        self._settings = settings
        self._clock = clock

    def register(self, caller: Caller, written: str, address: str) -> Outcome:
        """Let the caller into the flat whose code was read, for ever, as living there; but whom
        an owner, the operator or billing put out, not by a card of before, and nobody by the card
        of a household that has moved out. Raises TooManyTries."""
        self._count_try(caller, address)
        code = re.split("[/=_]", written)[-1].strip().lower()
        if not _CODE.fullmatch(code):
            return "no code"
        with transaction():
            card = self._codes.find(self._hash(code))
            if card is None:
                return "no code"
            flat_id = card.flat_id
            guests = self._people.hold(flat_id, caller.phone)
            people = self._people.of_flats([flat_id])
            refused = self._refusal(card, caller.phone, people, guests)
            if refused is not None:
                return refused
            self._people.let_in(flat_id, caller.phone, kind="inner", expires_at=None, by="qr")
            self._audit.note(f"phone:{caller.phone}", "let in by QR", f"flat:{flat_id}")
            for owner in (one.phone for one in people if one.kind == "owner"):
                self._notices.send(_told(owner, caller.phone))
        return "let in"

    def _refusal(
        self, card: FlatQr, phone: Phone, people: Sequence[Person], guests: int
    ) -> Outcome | None:
        """Why a card that there is lets this phone in no further; None where it does."""
        if self._people.keeps_out(card.flat_id, phone, card.created_at):
            return "put out"
        if any(one.phone == phone and one.kind != "outer" for one in people):
            return "there already"
        # Who was the last to leave by himself, and was followed by nobody, is no former household.
        last = not any(one.billed for one in people)
        is_back = last and self._people.left_by_itself(card.flat_id, phone)
        if not is_back and self._codes.is_of_others(card):
            return "old"
        return "full" if guests >= self._settings.guests_per_flat else None

    def make(self, actor: str, *, house_id: int | None, flat_id: int | None) -> Mapping[int, str]:
        """New codes of one flat, or of a house's; the old ones end. What is returned is to be
        printed: nobody can read the codes later."""
        with transaction():
            flats = self._codes.flats(house_id, flat_id)
            made = {flat.id: secrets.token_hex(16) for flat in flats}
            hashes = {flat: self._hash(code) for flat, code in made.items()}
            self._codes.keep(hashes, self._clock())
            self._audit.note_changes(actor, [("QR code made", f"flat:{flat}", {}) for flat in made])
        return made

    def _hash(self, code: str) -> bytes:
        return self._keys.mac("flat-qr", code)

    def _count_try(self, caller: Caller, address: str) -> None:
        most = self._settings.qr_tries_per_hour
        limits = [
            Limit(f"qr:{caller.phone}", most, _HOUR),
            Limit(f"qr-address:{network(address)}", 5 * most, _HOUR),
        ]
        try:
            self._limits.take(limits, self._clock())
        except LimitReached as reached:
            raise TooManyTries(cause=reached.cause) from None


def _told(owner: Phone, newcomer: Phone) -> Notice:
    text = f"По QR-коду вашей квартиры доступ получил номер {newcomer.masked}"
    return Notice(owner, "newAddress", "Новый житель квартиры", text)
