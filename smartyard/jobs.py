"""Background work: procrastinate on our own PostgreSQL.

Jobs run at least once (a killed worker's job is taken up again), so each is idempotent. The worker
(`flask worker`) speaks psycopg 3, as procrastinate's worker needs; it connects directly, never
through a transaction-pooling pgbouncer, because it listens.
"""

import asyncio
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

import procrastinate
import psycopg
from flask import Flask
from procrastinate import RetryStrategy
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from sqlalchemy import text

from smartyard.config import Settings
from smartyard.db import APPLICATION_NAME, db

log = logging.getLogger(__name__)

A = TypeVar("A")
R = TypeVar("R")
AT_ONCE = 4  # jobs of a worker, beside those that have places of their own


# procrastinate's own function does not let a job be left out that waits already, and an error would
# end the caller's transaction. Its triggers on the table tell the worker.
_DEFER = text("""
    INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, scheduled_at)
    VALUES (:queue, :task, :once, CAST(:arguments AS jsonb), :at)
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
    """)


class Queue:
    """Jobs for the worker, asked for by services."""

    def defer(
        self, task: str, *, at: datetime | None = None, once: str | None = None, **arguments: Any
    ) -> None:
        """In the caller's transaction, so that the job is there if what it is about is.

        `arguments` are plain JSON and no secrets: a failed job is logged with them. `at`: not
        before. `once`: while a job of this name waits, no second one is made. The task is
        registered by `Jobs.task` under the same name.
        """
        told = {"task": task, "queue": task, "once": once, "at": at}
        db.session.execute(_DEFER, {**told, "arguments": json.dumps(arguments)})


class Jobs:
    """The tasks that features register, and the worker that runs them.

    `stopping` is set once the worker is asked to end: a long job looks at it, and leaves off.
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.stopping = threading.Event()
        self._apart: dict[str, int] = {}
        self._flask = app
        self._settings = settings
        self._tasks = procrastinate.App(connector=_connector(settings))
        self._keep_alive()

    def periodic(self, schedule: str, name: str) -> Callable[[Callable[[], None]], None]:
        """Run a function on a cron schedule. A turn that comes while the last one still runs here
        is left out; a lock in the database would outlive a killed worker, this one does not."""

        def register(work: Callable[[], None]) -> None:
            inside = self.in_context(lambda _: work())
            running = threading.Lock()

            def run(timestamp: int) -> None:
                if not running.acquire(blocking=False):  # pylint: disable=consider-using-with
                    log.info("%s still runs: this turn is left out", name)
                    return
                try:
                    inside(timestamp)
                finally:
                    running.release()

            task = self._tasks.task(name=name, queue="periodic", queueing_lock=name)(run)
            self._tasks.periodic(cron=schedule)(task)

        return register

    def task(
        self, name: str, *, tries: int = 1, wait: int = 5, apart: int = 0
    ) -> Callable[[Callable[..., None]], None]:
        """Register the work behind `Queue.defer(name, …)`. It runs at least once, so it must be
        idempotent; an error is tried again up to `tries` times in all, after `wait`, 2 × `wait`, …
        seconds. `apart`: so many of it at once in a worker, in places of their own, so that what
        takes minutes holds nothing else up."""
        if apart:
            self._apart[name] = apart

        def register(work: Callable[..., None]) -> None:
            def run(**arguments: Any) -> None:
                with self._flask.app_context():
                    work(**arguments)

            again = RetryStrategy(max_attempts=tries, linear_wait=wait) if tries > 1 else False
            self._tasks.task(name=name, queue=name, retry=again)(run)

        return register

    def in_context(self, work: Callable[[A], R]) -> Callable[[A], R]:
        """The same function for a thread of its own: with the app's context, and so a session."""

        @wraps(work)
        def inside(argument: A) -> R:
            with self._flask.app_context():
                return work(argument)

        return inside

    def each(self, work: Callable[[A], R], items: Iterable[A], at_once: int) -> list[R]:
        """Do it for each of them, so many at once; what came of it, in their order."""
        with ThreadPoolExecutor(at_once, getattr(work, "__name__", None) or "each") as threads:
            return list(threads.map(self.in_context(work), items))

    def run_worker(self) -> None:
        """Work until SIGTERM or SIGINT; what is running is finished first. A worker that has lost
        its database, or found none, ends with a line of the log: supervisord begins it anew."""
        try:
            asyncio.run(self._work())
        except (psycopg.Error, ConnectorException) as error:
            why = str(error.__cause__ or error).partition("\n")[0]
            log.error("the database does not answer, or lacks our tables (db upgrade): %s", why)
            sys.exit(1)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(AT_ONCE + sum(self._apart.values()), "jobs"))
        common = {task.queue for task in self._tasks.tasks.values()} - set(self._apart)
        async with self._tasks.open_async():
            workers = [self._begin(common, AT_ONCE)]
            workers += [self._begin([name], places) for name, places in self._apart.items()]

            def stop() -> None:
                self.stopping.set()
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.remove_signal_handler(number)  # the next one ends us at once
                for worker in workers:
                    worker.cancel()

            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop)
            done, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            if not self.stopping.is_set():  # one has lost the database, say: all begin anew
                stop()
            await asyncio.gather(*workers, return_exceptions=True)
            for worker in done:
                if not worker.cancelled():
                    worker.result()

    def _begin(self, queues: Iterable[str], places: int) -> asyncio.Task[None]:
        """A worker of procrastinate's for some of the queues; cancelled, it finishes its jobs."""
        return asyncio.create_task(
            self._tasks.run_worker_async(
                queues=sorted(queues),
                concurrency=places,
                delete_jobs="successful",
                install_signal_handlers=False,  # several workers, and one place for a handler
                shutdown_graceful_timeout=30,
                # Several signs of life within the time after which a worker counts as ended.
                update_heartbeat_interval=self._settings.stalled_after / 6,
                stalled_worker_timeout=self._settings.stalled_after,
            )
        )

    def _keep_alive(self) -> None:
        """A worker that was killed leaves its job marked as running; somebody must free it."""

        @self._tasks.periodic(cron=self._settings.stalled_schedule)
        @self._tasks.task(
            name="retry_stalled", queueing_lock="retry_stalled", pass_context=True, queue="periodic"
        )
        async def _retry_stalled(context: JobContext, timestamp: int) -> None:
            manager = context.app.job_manager
            stalled = await manager.get_stalled_jobs(
                seconds_since_heartbeat=self._settings.stalled_after
            )
            for job in stalled:
                log.warning("job %s of a worker that ended is taken up at %d", job.id, timestamp)
                await _take_up(manager, job)


async def _take_up(manager: JobManager, job: Job) -> None:
    """Let a stalled job run again; where its next turn is waiting already, that one is enough."""
    try:
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, Status.FAILED, delete_job=True)
    except ConnectorException:
        log.info("job %s has ended by itself", job.id)


def _connector(settings: Settings) -> procrastinate.PsycopgConnector:
    arguments: dict[str, Any] = {
        "host": settings.pg_host or None,
        "port": settings.pg_port,
        "dbname": settings.pg_dbname,
        "user": settings.pg_user or None,
        "password": settings.pg_pass.get_secret_value() or None,
        "connect_timeout": settings.db_connect_timeout,
        "application_name": f"{APPLICATION_NAME}-worker",
    }
    return procrastinate.PsycopgConnector(
        kwargs={name: value for name, value in arguments.items() if value is not None},
        min_size=1,
        max_size=8,  # each worker listens on one
    )
