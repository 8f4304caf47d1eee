"""`POST /api/hooks/events`: events that programs of the provider's send (docs/events.md)."""

from flask import Blueprint, Response

from smartyard.events.incoming.hooks import Face, Happened, HookService, Sighting, Told
from smartyard.events.incoming.schemas import HookEvent, HookRequest, HookResult, read_event
from smartyard.web import answers, ok, provider, provider_caller, service, takes

blueprint = Blueprint("hooks", __name__, url_prefix="/api/hooks")


def _sighting(event: HookEvent) -> Sighting:
    face = event.face.model_dump() if event.face else None
    what = Happened(
        event.kind,
        event.at or service(HookService).now(),
        domophone_id=event.domophone_id,
        door_id=event.door_id,
        house_id=event.house_id,
        flat_id=event.flat_id,
        phone=event.phone,
        called=event.called,
        opened=event.opened,
        outcome=event.outcome,
        key=event.key,
        code=event.code,
        plate=event.plate,
        face=Face(**face) if face else None,
        camera_id=event.camera_id,
        external=(f"hook:{provider_caller().name}", event.id),
    )
    return Sighting(what, event.flat_number)


def _result(event: HookEvent, told: Told) -> HookResult:
    ids = [str(one) for one in told.ids] or None
    return HookResult(id=event.id, result=told.result, uuid=ids, reason=told.reason)


@blueprint.post("/events")
@provider("events")
@answers(list[HookResult], or_nothing=False)
@takes(HookRequest)
def events(body: HookRequest) -> Response:
    """Take events of doors; each gets its own result."""
    read = [read_event(item) for item in body.items]
    good = [one for one in read if isinstance(one, HookEvent)]
    told = iter(service(HookService).take([_sighting(event) for event in good]))
    return ok([_result(one, next(told)) if isinstance(one, HookEvent) else one for one in read])
