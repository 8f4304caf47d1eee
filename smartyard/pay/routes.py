"""`/api/pay/*`, and the bank's callback at its new and its old address."""

from flask import Blueprint, Response

from smartyard.pay import schemas
from smartyard.pay.prepare import PrepareService
from smartyard.pay.service import PaymentService
from smartyard.pay.wallets import WALLETS
from smartyard.web import (
    answers,
    asks,
    caller,
    caller_if_any,
    client_address,
    knows_residents,
    ok,
    public,
    query_and_form,
    refuses,
    sends,
    service,
    signed,
    takes,
)

blueprint = Blueprint("pay", __name__, url_prefix="/api")

# Shown by the browser after paying; it knows nothing of who paid what.
_RETURN_PAGE = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Оплата</title>
<style>body{font:18px/1.5 system-ui,sans-serif;max-width:28em;margin:15vh auto;padding:0 1.2em;
text-align:center;color:#222;background:#fff}h1{font-size:1.4em}</style></head>
<body><h1>Вернитесь в приложение</h1>
<p>Как только банк подтвердит оплату, баланс обновится. Обычно это занимает меньше минуты.</p>
</body></html>"""


@blueprint.post("/pay/prepare")
@answers(str)
@refuses(403, 404, 429)
@takes(schemas.PrepareRequest)
def prepare(body: schemas.PrepareRequest) -> Response:
    """Make an order of a sum for a contract, and give its number."""
    return ok(service(PrepareService).prepare(caller(), body.contract, body.amount))


@blueprint.post("/pay/register")
@public
@answers(schemas.RegisterAnswer)
@knows_residents
@refuses(403, 404, 429)
@takes(schemas.RegisterRequest)
def register(body: schemas.RegisterRequest) -> Response:
    """Bring a prepared order to the bank, and give the bank's page. iOS sends no token here."""
    done = service(PaymentService).register(caller_if_any(), body.order_number, client_address())
    return ok(schemas.RegisterAnswer(order_id=done.bank_order_id, form_url=done.form_url))


@blueprint.post("/pay/wallet")
@answers(schemas.WalletAnswer)
@refuses(402, 403, 404, 429)
@takes(schemas.WalletRequest)
def wallet(body: schemas.WalletRequest) -> Response:
    """Pay an order by the token of a wallet."""
    paid = service(PaymentService).pay_by_wallet(
        caller(), body.payment_id, WALLETS[body.system], body.payment_token
    )
    return ok(schemas.WalletAnswer(order_id=paid.bank_order_id, form_url=paid.redirect_url))


@blueprint.post("/pay/process")
@answers(str)
@refuses(403, 404, 429)
@takes(schemas.ProcessRequest)
def process(body: schemas.ProcessRequest) -> Response:
    """Ask the bank soon how an order stands."""
    service(PaymentService).process(caller(), body.payment_id)
    return ok("Платёж обрабатывается")


@blueprint.route("/pay/callback", methods=["GET", "POST"])
@blueprint.route("/spaysuccess", methods=["GET", "POST"], endpoint="spaysuccess")
@signed
@refuses(403, 413)
@sends("text/plain")
@asks(orderNumber="our number", mdOrder="the bank's number")
def callback() -> Response:
    """The bank says that an order changed. It is asked itself; nothing told here is believed."""
    service(PaymentService).callback(query_and_form())
    return Response("OK", content_type="text/plain")


@blueprint.get("/pay/return")
@public
@refuses()
@sends("text/html")
def pay_return() -> Response:
    """The page on which the bank leaves the payer."""
    page = Response(_RETURN_PAGE, content_type="text/html; charset=utf-8")
    page.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return page
