"""What billing last said of a phone's accounts."""

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class AccountCopy(Base):
    """A copy for reading while billing is silent; its age is in `billing_copies`."""

    __tablename__ = "account_copies"

    phone: Mapped[str] = mapped_column(primary_key=True)
    addresses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
