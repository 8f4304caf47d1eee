"""The QR code of a flat: who reads it from the card lives there."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class FlatQr(Base):
    """One code a flat, kept as a keyed hash: a new one ends the old.

    `household_at`: since when it is the card of a household, the first whom billing names in the
    flat once the card is made, or who was named there then. It ends with that household.
    """

    __tablename__ = "flat_qr_codes"

    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    household_at: Mapped[datetime | None]
