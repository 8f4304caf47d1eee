"""The bank's payment page: what a person sees in the browser, and the way back to the shop.

A payer comes back by 303 with `orderId` added to the return address; an app's own scheme is a link
to press, since a browser follows such a redirect only after a tap. Card data are looked at, and
nothing but the masked number is kept.
"""

import html
import re
import string
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from smartyard.sandbox import bank_magic
from smartyard.sandbox.bank import Bank
from smartyard.sandbox.bank_orders import (
    AUTHENTICATING,
    DECLINED,
    HELD,
    PAID,
    REFUNDED,
    REGISTERED,
    REVERSED,
    Order,
    Refused,
)
from smartyard.sandbox.http import Answer, Request

_PAGE = string.Template(Path(__file__).with_name("bank_page.html").read_text(encoding="utf-8"))
_PATH = re.compile(r"/payment/merchants/[^/]+/payment_ru\.html")
_ACS = "/payment/acsRedirect.do"
_HEADERS = {
    # No form-action: Chromium would apply it to the redirect back to the shop too.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_SAYS = {
    REGISTERED: "Заказ не оплачен. Его ещё можно оплатить.",
    HELD: "Оплачено: деньги удержаны на карте.",
    PAID: "Оплачено. Спасибо!",
    REVERSED: "Платёж отменён, деньги вернутся на карту.",
    REFUNDED: "Деньги возвращены на карту.",
    AUTHENTICATING: "Банк ещё ждёт подтверждения платежа.",
    DECLINED: "Оплата не прошла. Деньги не списаны.",
}


class PaymentPage:
    """GET shows an order, POST decides on it."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def answer(self, request: Request) -> Answer:
        asked = parse_qs(request.query)
        try:
            if request.path == _ACS:
                order = self._bank.find(asked.get("orderId", [""])[0])
                return Answer(303, headers={"Location": self._bank.form_url(order.id)})
            if not _PATH.fullmatch(request.path):
                return _page(404, "Здесь ничего нет", "<p>Проверьте адрес страницы.</p>")
            order = self._bank.find(asked.get("mdOrder", [""])[0])
        except Refused:
            return _page(404, "Заказ не найден", "<p>Вернитесь в приложение и начните снова.</p>")
        if request.method == "POST":
            return self._decide(order, parse_qs(request.body.decode("utf-8", "replace")))
        return _form(order) if order.is_open else _finished(order, _way_back(order))

    def _decide(self, order: Order, given: dict[str, list[str]]) -> Answer:
        action = given.get("action", [""])[0]
        if not order.is_open:
            return _finished(order, _way_back(order))
        try:
            if action == "pay":
                pan = re.sub("[ -]", "", given.get("pan", [""])[0])
                if not _is_card(pan):
                    return _form(order, "Проверьте номер карты: в нём ошибка.")
                fate = bank_magic.outcome(order.amount) or bank_magic.PAID
                order = self._bank.settle(order.id, fate, pan=f"{pan[:6]}**{pan[-4:]}")
            elif action == "decline":
                order = self._bank.decline(order.id)
        except Refused:  # decided elsewhere at the same time
            order = self._bank.find(order.id)
        back = _way_back(order)
        if urlsplit(back).scheme in ("http", "https"):
            return Answer(303, headers={"Location": back, **_HEADERS})
        return _finished(order, back)


def _is_card(pan: str) -> bool:
    """16 to 19 digits that pass Luhn's check."""
    if not re.fullmatch("[0-9]{16,19}", pan):
        return False
    doubled = [int(digit) * 2 for digit in pan[-2::-2]]
    return (sum(map(int, pan[-1::-2])) + sum(map(int, "".join(map(str, doubled))))) % 10 == 0


def _way_back(order: Order) -> str:
    """The shop's address with the order's id, as the gateway adds it; a wallet's order has none."""
    paid = order.status in (HELD, PAID, REFUNDED)
    url = order.return_url if paid else order.fail_url
    if not url:
        return ""
    url, mark, fragment = url.partition("#")
    return f"{url}{'&' if '?' in url else '?'}orderId={quote(order.id)}{mark}{fragment}"


def _sum(order: Order) -> str:
    rubles = f"{order.amount // 100:,}".replace(",", "\u00a0")
    return f"{rubles},{order.amount % 100:02d}\u00a0₽"


def _form(order: Order, error: str = "") -> Answer:
    wrong = f'<p class="bad" role="alert">{html.escape(error)}</p>' if error else ""
    waits = f"<p>{_SAYS[AUTHENTICATING]}</p>" if order.status else ""
    fields = f"""{wrong}{waits}
<form method="post" autocomplete="off">
  <label class="wide">Номер карты
    <input name="pan" inputmode="numeric" value="4111 1111 1111 1111" maxlength="23"></label>
  <label>Срок <input name="expiry" inputmode="numeric" value="12/30" maxlength="5"></label>
  <label>Код <input name="cvc" type="password" inputmode="numeric" value="123" maxlength="3"></label>
  <button class="wide" name="action" value="pay">Оплатить {_sum(order)}</button>
  <button class="plain" name="action" value="decline">Отказать</button>
  <button class="plain" name="action" value="close">Закрыть</button>
</form>{_magic(order)}"""
    return _page(422 if error else 200, "Оплата заказа", _about(order) + fields)


def _magic(order: Order) -> str:
    fate = bank_magic.outcome(order.amount)
    if fate is None or fate is bank_magic.PAID:
        return ""
    return (
        f'<p class="soft">Волшебная сумма: после «Оплатить» — {fate.ru} '
        f"(копейки {order.amount % 100:02d}).</p>"
    )


def _finished(order: Order, back: str) -> Answer:
    kind = "good" if order.status in (HELD, PAID) else "bad"
    link = f'<a class="button" href="{html.escape(back)}">Вернуться</a>' if back else ""
    said = f'<p class="{kind} said" role="status">{_SAYS[order.status]}</p>'
    return _page(200, "Оплата заказа", f"{_about(order)}{said}{link}")


def _about(order: Order) -> str:
    rows = [("Заказ", order.number), ("Назначение", order.description)]
    told = "".join(f"<dt>{k}</dt><dd>{html.escape(v)}</dd>" for k, v in rows if v)
    return f'<p class="sum">{_sum(order)}</p><dl>{told}</dl>'


def _page(status: int, title: str, content: str) -> Answer:
    text = _PAGE.substitute(title=html.escape(title), content=content)
    return Answer(status, text.encode(), "text/html; charset=utf-8", _HEADERS)
