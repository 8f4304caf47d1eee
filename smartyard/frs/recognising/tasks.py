"""Background work after a face opened a door; the rule is in the service."""

from uuid import UUID

from smartyard.frs.recognising.service import SEEN, RecognitionService
from smartyard.jobs import Jobs


def register(jobs: Jobs, recognition: RecognitionService, schedule: str) -> None:
    """Fetch the frame of the event, in places of its own: it must be soon. On the cron `schedule`
    settle openings whose server was killed."""

    @jobs.task(SEEN, apart=2)
    def _after_opening(event: str, number: int, panel: int) -> None:
        recognition.after_opening(UUID(event), number, panel)

    @jobs.periodic(schedule, "settle_face_openings")
    def _settle() -> None:
        recognition.settle_dead()
