"""`/api/address/registerQR`.

No one answer is right for both: iOS takes 200 with text for an error, and Android needs a body. The
text is shown by both, so it says what happened.
"""

from flask import Blueprint, Response

from smartyard.qr import schemas
from smartyard.qr.service import QrService
from smartyard.web import answers, caller, client_address, ok, service, takes

blueprint = Blueprint("qr", __name__, url_prefix="/api/address")

_WORDS = {
    "let in": "Готово! Ваш адрес появится в приложении в течение минуты.",
    "there already": "У вас уже есть доступ к этой квартире.",
    "no code": "Этот QR-код не открывает доступ к квартире. Проверьте, тот ли это код.",
    "put out": "Доступ в эту квартиру вам закрыт. Попросите владельца открыть его снова.",
    "old": "Этот QR-код — прежних жильцов квартиры. Попросите новый у оператора.",
    "full": "В квартире уже слишком много жильцов с доступом. Обратитесь к владельцу.",
}


@blueprint.post("/registerQR")
@answers(str)
@takes(schemas.RegisterQrRequest)
def register_qr(body: schemas.RegisterQrRequest) -> Response:
    """Add the flat of a QR code to the person's number."""
    return ok(_WORDS[service(QrService).register(caller(), body.code, client_address())])
