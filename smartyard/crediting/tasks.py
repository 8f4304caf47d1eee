"""Background work: billing is told what it does not know yet; the rules are in the service."""

from concurrent.futures import ThreadPoolExecutor

from smartyard.crediting.delivery import DeliveryService
from smartyard.jobs import Jobs

AT_ONCE = 4


def register(jobs: Jobs, delivery: DeliveryService, schedule: str) -> None:
    """Tell billing of credits and of what went back, on the cron `schedule`."""

    @jobs.periodic(schedule, "tell_billing")
    def _tell_billing() -> None:
        with ThreadPoolExecutor(AT_ONCE, "credits") as threads:
            list(threads.map(jobs.in_context(delivery.deliver), delivery.due()))
