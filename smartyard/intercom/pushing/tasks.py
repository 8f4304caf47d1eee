"""Background work: panels are told what flats have set; the rules are in the service."""

from smartyard.intercom.pushing.service import TASK, PanelPushService
from smartyard.jobs import Jobs


def register(
    jobs: Jobs, pushes: PanelPushService, *, schedule: str, compare_schedule: str, at_once: int
) -> None:
    """Tell `at_once` panels at a time, in places of their own: one that is silent keeps its place
    for seconds, and nobody else waits for it."""

    @jobs.task(TASK, apart=at_once)
    def _push_panel(panel_id: int) -> None:
        pushes.push(panel_id)

    @jobs.periodic(schedule, "push_panels")
    def _push_panels() -> None:
        pushes.hand_out()

    @jobs.periodic(compare_schedule, "compare_panels")
    def _compare_panels() -> None:
        pushes.compare()
