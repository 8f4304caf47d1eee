"""`/bill/v1/…:batch`: upserts by the provider's own ids, safe to repeat."""

from collections import Counter
from collections.abc import Iterable

from flask import Blueprint, Response

from smartyard.provider.batch import schemas
from smartyard.provider.batch.service import BatchService, RowResult
from smartyard.web import answers, ok, provider, provider_caller, refuses, service, takes

blueprint = Blueprint("batch", __name__, url_prefix="/bill/v1")


@blueprint.put("/contracts:batch")
@provider("contracts")
@refuses(404)
@answers(schemas.BatchAnswer)
@takes(schemas.ContractsBatchRequest)
def contracts_batch(asked: schemas.ContractsBatchRequest) -> Response:
    """Bring contracts in, where the server is billing itself (BILLING=local)."""
    done = service(BatchService).contracts(
        asked.contracts,
        dry_run=asked.dry_run,
        allow_loss=asked.allow_loss,
        actor=provider_caller().actor,
    )
    return _told(done, asked.dry_run)


@blueprint.put("/rights:batch")
@provider("contracts")
@refuses()
@answers(schemas.BatchAnswer)
@takes(schemas.RightsBatchRequest)
def rights_batch(asked: schemas.RightsBatchRequest) -> Response:
    """Say which devices contracts have, all of them at once for each."""
    done = service(BatchService).rights(
        asked.rights,
        dry_run=asked.dry_run,
        allow_loss=asked.allow_loss,
        actor=provider_caller().actor,
    )
    return _told(done, asked.dry_run)


def _told(done: Iterable[RowResult], dry_run: bool) -> Response:
    rows = [
        schemas.RowAnswer.model_validate(
            {"id": one.id, "result": one.result, "reason": one.reason or None}
        )
        for one in done
    ]
    counts: Counter[str] = Counter(one.result for one in rows)
    names = ("added", "changed", "same", "refused")
    return ok(
        schemas.BatchAnswer.model_validate(
            {name: counts[name] for name in names} | {"dry_run": dry_run, "rows": rows}
        )
    )
