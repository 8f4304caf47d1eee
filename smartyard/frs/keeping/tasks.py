"""Background work: FALPRS is kept in step; the rules are in the service."""

from smartyard.frs.keeping.service import KeepingService
from smartyard.frs.keeping.soon import SYNC
from smartyard.jobs import Jobs


def register(jobs: Jobs, keeping: KeepingService, schedule: str) -> None:
    """Soon after links have changed or a flat has switched faces off or on, and on the cron
    `schedule` everything anew. In a place of its own: two at once would undo each other's work
    where the later change is told first."""

    @jobs.task(SYNC, tries=5, wait=30, apart=1)
    def _sync() -> None:
        keeping.sync()

    @jobs.periodic(schedule, "sync_faces_anew")
    def _sync_anew() -> None:
        keeping.sync(anew=True)
