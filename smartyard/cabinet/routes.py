"""The cabinet's calls, at `/api/user/*` and `/api/pay/*`."""

from base64 import b64encode

from flask import Blueprint, Response

from smartyard.cabinet import schemas
from smartyard.cabinet.service import Account, AccountAddress, CabinetService
from smartyard.shapes import letter
from smartyard.web import (
    answers,
    caller,
    listed,
    no_content,
    ok,
    refuses,
    service,
    takes,
    wants_fresh,
)

blueprint = Blueprint("cabinet", __name__, url_prefix="/api")


def _account(account: Account) -> schemas.AccountAnswer:
    return schemas.AccountAnswer(
        client_id=account.client_id,
        client_name=account.client_name,
        contract_name=account.contract_name,
        contract_pay_name=account.contract_pay_name or account.contract_name,
        blocked=letter(account.blocked),
        balance=account.balance / 100,
        bonus=account.bonus / 100,
        pay_advice=None if account.pay_advice is None else account.pay_advice / 100,
        services=list(account.services),
        lcab=account.lcab,
        lcab_pay=account.lcab_pay,
    )


def _address(address: AccountAddress) -> schemas.PaymentsListAnswer:
    return schemas.PaymentsListAnswer(
        address=address.address,
        house_id=None if address.house_id is None else str(address.house_id),
        flat_id=None if address.flat_id is None else str(address.flat_id),
        accounts=[_account(account) for account in address.accounts],
    )


def _billing_row(address: AccountAddress, account: Account) -> schemas.BillingListAnswer:
    def named(service_name: str) -> str:
        return service_name if service_name in account.services else ""

    return schemas.BillingListAnswer(
        login=account.client_id,
        address=address.address,
        internet=named("internet"),
        tv=named("iptv") or named("ctv"),
        phone=named("phone"),
        cams=named("cctv"),
        balans=account.balance / 100,
        payment=(account.pay_advice or 0) / 100,
        invoice=True,
        detail=True,
        receipt=True,
    )


@blueprint.post("/user/getPaymentsList")
@refuses(404)
@answers(list[schemas.PaymentsListAnswer])
def get_payments_list() -> Response:
    """Balances and sums to pay, by address and contract."""
    addresses = service(CabinetService).addresses(caller(), fresh=wants_fresh())
    return listed([_address(address) for address in addresses])


@blueprint.post("/user/getBillingList")
@refuses(404)
@answers(list[schemas.BillingListAnswer])
def get_billing_list() -> Response:
    """The same for the AXIOSTV app, a row a contract."""
    addresses = service(CabinetService).addresses(caller(), fresh=wants_fresh())
    return listed(
        [_billing_row(address, account) for address in addresses for account in address.accounts]
    )


@blueprint.post("/pay/getDetail")
@answers(list[schemas.MovementAnswer])
@refuses(403, 404, 429)
@takes(schemas.DetailRequest)
def get_detail(body: schemas.DetailRequest) -> Response:
    """A year of a contract's payments and charges."""
    rows = service(CabinetService).history(caller(), body.contract, body.year)
    return listed(
        [
            schemas.MovementAnswer(id=row.id, date=row.date, sum=row.sum / 100, dsc=row.dsc)
            for row in rows
        ]
    )


@blueprint.post("/pay/getInvoice")
@answers(schemas.InvoiceAnswer)
@refuses(403, 404, 429)
@takes(schemas.InvoiceRequest)
def get_invoice(body: schemas.InvoiceRequest) -> Response:
    """An invoice for a sum, as a PDF."""
    data, pdf = service(CabinetService).invoice(caller(), body.contract, body.amount)
    packed = b64encode(pdf).decode()
    return ok(schemas.InvoiceAnswer(invoice=packed, number=data.number, date=data.date))


@blueprint.post("/pay/getReceipt")
@answers(schemas.ReceiptAnswer)
@refuses(403, 404, 429)
@takes(schemas.ReceiptRequest)
def get_receipt(body: schemas.ReceiptRequest) -> Response:
    """The receipt of a payment, as a PDF."""
    data, pdf = service(CabinetService).receipt(caller(), body.contract, body.receipt)
    packed = b64encode(pdf).decode()
    return ok(schemas.ReceiptAnswer(receipt=packed, number=data.number, date=data.date))


@blueprint.post("/user/addMyPhone")
@answers(None)
@refuses(403, 404, 429)
@takes(schemas.AddMyPhoneRequest)
def add_my_phone(body: schemas.AddMyPhoneRequest) -> Response:
    """Add the contract of a login and password to the person's number."""
    service(CabinetService).add_phone(caller(), body.login, body.password)
    return no_content()


@blueprint.post("/user/restore")
@answers(list[schemas.RestoreContactAnswer])
@refuses(403, 404, 429)
@takes(schemas.RestoreRequest)
def restore(body: schemas.RestoreRequest) -> Response:
    """Add a contract by a code that goes to one of its contacts: show them, send it, take it."""
    cabinet = service(CabinetService)
    if body.code is not None:
        cabinet.confirm_restore_code(caller(), body.contract, body.code)
        return no_content()
    if body.contact_id is not None:
        cabinet.send_restore_code(caller(), body.contract, body.contact_id)
        return no_content()
    contacts = cabinet.restore_contacts(caller(), body.contract)
    return listed(
        [
            schemas.RestoreContactAnswer(id=one.id, contact=one.contact, type=one.type)
            for one in contacts
        ]
    )
