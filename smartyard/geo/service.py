"""The address book for the forms in which people say where they live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smartyard.db import transaction
from smartyard.errors import NotFound
from smartyard.geo.book.names import full_address, natural
from smartyard.geo.models import BookHouse, Location, Street
from smartyard.geo.repository import BookRepository

__all__ = ["BookHouse", "GeoService", "Location", "OFFERS", "ServiceOffer", "Street"]

OFFERS: Mapping[str, tuple[str, str]] = {
    "internet": ("Интернет", "Высокоскоростной доступ в интернет"),
    "iptv": ("Телевидение", "Цифровое ТВ через интернет"),
    "ctv": ("Кабельное ТВ", "Телевидение по кабелю, без приставки"),
    "phone": ("Телефония", "Домашний телефон"),
    "cctv": ("Видеонаблюдение", "Камеры двора и подъезда, с архивом"),
    "domophone": ("Умный домофон", "Вызовы в приложение и открытие дверей с телефона"),
    "gsm": ("Мобильная связь", "Связь и интернет на телефоне"),
}
"""Title and description of each service that the apps know, in the order that they are shown in."""


class AddressUnknown(NotFound):
    message = "Такого адреса в справочнике нет. Напишите его словами."


@dataclass(frozen=True)
class ServiceOffer:
    """A service with its words; `by_default` and `can_change` as the form begins."""

    name: str
    by_default: bool = False
    can_change: bool = True

    @property
    def title(self) -> str:
        return OFFERS[self.name][0]

    @property
    def description(self) -> str:
        return OFFERS[self.name][1]


class GeoService:
    """Reads what `flask geo import` wrote; everybody who is signed in may."""

    def __init__(self, book: BookRepository) -> None:
        self._book = book

    def locations(self) -> Sequence[Location]:
        with transaction():
            return self._book.locations()

    def streets(self, location_id: int) -> Sequence[Street]:
        with transaction():
            return self._book.streets(location_id)

    def houses(self, street_id: int) -> Sequence[BookHouse]:
        """In the order of their numbers."""
        with transaction():
            found = self._book.houses(street_id)
        return sorted(found, key=lambda house: (natural(house.number), house.house_id))

    def offers(self, house_id: int) -> Sequence[ServiceOffer]:
        """What can be had at a house; nothing where we are not."""
        with transaction():
            found = {offer.service: offer for offer in self._book.offers(house_id)}
        return [
            ServiceOffer(name, found[name].by_default, found[name].can_change)
            for name in OFFERS
            if name in found
        ]

    def address_of_house(self, house_id: int) -> str:
        """Raises AddressUnknown."""
        with transaction():
            found = self._book.house(house_id)
        if found is None:
            raise AddressUnknown()
        return full_address(found.location, found.street_type, found.street, found.number)

    def address_of_street(self, street_id: int) -> str:
        """Raises AddressUnknown."""
        with transaction():
            found = self._book.street(street_id)
        if found is None:
            raise AddressUnknown()
        return f"{found.location}, {f'{found.street_type} {found.street}'.strip()}"
