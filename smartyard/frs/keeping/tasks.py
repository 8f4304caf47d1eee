"""Background work: FALPRS is kept in step; the rules are in the service."""

from smartyard.frs.keeping.service import SYNC, KeepingService
from smartyard.jobs import Jobs


def register(jobs: Jobs, keeping: KeepingService, schedule: str) -> None:
    """Soon after links have changed, and on the cron `schedule` everything anew."""

    @jobs.task(SYNC, tries=5, wait=30)
    def _sync() -> None:
        keeping.sync()

    @jobs.periodic(schedule, "sync_faces_anew")
    def _sync_anew() -> None:
        keeping.sync(anew=True)
