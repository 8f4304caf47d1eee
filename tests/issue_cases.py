"""What the apps send to `/api/issues`; `contract_cases.py` takes it in."""

from typing import Any

from tests.sent import Sent

TICKET = "<the key of a ticket of one's own>"

_CONNECT = {
    "issue": {
        "project": "REM",
        "summary": "Авто: Заявка с сайта",
        "description": "ФИО: Иван\nАдрес, введённый пользователем: г. Примерск, д. 1",
        "type": 32,
    },
    "customFields": {
        "10011": "-1",
        "11841": "89000000001",
        "12440": "Приложение",
        "10743": "52,6",
        "10744": "39,6",
        "10941": 10581,
    },
    "actions": ["Начать работу", "Передать в офис"],
}
_CALL = {
    "issue": {"project": "REM", "summary": "Авто: Звонок", "description": "Звонок", "type": "32"},
    "customFields": {"10011": "-3", "11840": "01.02.2026 10:00", "12440": "Приложение"},
    "actions": ["Начать работу", "Позвонить"],
}
_HAND_OVER = _CALL | {"customFields": {"10011": "-5", "10941": "10580"}}
_KINDS = (
    "requestCallback removeAddress connectServicesNoCommon connectServicesHasCommon"
    " connectServicesNoNetwork requestQRCodeOffice requestQRCodeCourier requestCredentials"
).split()
_WAYS = [[{"number": "10941", "value": way}] for way in ("Курьер", "Самовывоз")]


def _each(app: str, *bodies: dict[str, Any]) -> list[Sent]:
    return [Sent(app, {"key": TICKET} | body, 204) for body in bodies]


_COMMENTS = [
    *_each("ios-head", {"comment": "Cменился способ доставки. Клиент подойдет в офис."}),
    Sent("ios-head", {"key": TICKET}, 422),
    Sent("ios-head", {"key": "REM-417561", "comment": "чужая"}, 403),
]
_LIST = [Sent("android-2022", status=204), Sent("ios-head", {}, 204)]

CASES = {
    "/api/issues/create": [
        Sent("android-2022", _CONNECT),
        Sent("ios-2022", _CALL),
        Sent("ios-2022", _HAND_OVER),
        Sent("ios-2022", _CALL | {"customFields": {}}),
        Sent("ios-head", {"customFields": {}, "actions": []}, 422),
    ],
    "/api/issues/createV2": [
        *(Sent("android-head", {"type": kind}) for kind in _KINDS),
        Sent(
            "ios-head",
            {
                "type": "requestFragment",
                "userName": "Иван",
                "inputAddress": "г. Примерск, д. 1",
                "services": "'Интернет'",
                "comments": "нужна запись",
                "cameraId": "7",
                "cameraName": "Двор",
                "fragmentDate": "1.02.2026",
                "fragmentTime": "10-30",
                "fragmentDuration": "10",
            },
        ),
        Sent("ios-head", {"type": "requestMiracle"}, 422),
    ],
    "/api/issues/action": [
        *_each("android-2022", {"action": "Jelly.Закрыть авто"}),
        *(
            one
            for way in _WAYS
            for one in _each("ios-head", {"action": "Jelly.Способ доставки", "customFields": way})
        ),
        Sent("ios-head", {"key": "REM-417561", "action": "Jelly.Закрыть авто"}, 403),
    ],
    "/api/issues/actionV2": [
        *_each("android-head", {"action": "close"}),
        *(
            one
            for way in ("office", "courier")
            for one in _each(
                "android-head", {"action": "changeQRDeliveryType", "deliveryType": way}
            )
            + _each("ios-head", {"action": "changeQRDeliveryType", "customFields": way})
        ),
        Sent("ios-head", {"key": TICKET, "action": "changeQRDeliveryType"}, 422),
    ],
    "/api/issues/comment": _COMMENTS,
    "/api/issues/commentV2": _COMMENTS,
    "/api/issues/listConnect": _LIST,
    "/api/issues/listConnectV2": _LIST,
}
