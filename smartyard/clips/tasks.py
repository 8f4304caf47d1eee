"""Background work of clips; the rules are in the services."""

from smartyard.clips.making.fetching import TASK, FetchService
from smartyard.jobs import Jobs


def register(jobs: Jobs, fetching: FetchService, at_once: int) -> None:
    """Fetch clips, `at_once` of them, in places of their own. What goes wrong at a media server is
    the service's to try again; here only a database that was away is."""

    @jobs.task(TASK, tries=5, wait=10, apart=at_once)
    def _fetch_clip(clip_id: int) -> None:
        fetching.fetch(clip_id, jobs.stopping.is_set)
