"""What holds for the whole suite: the fixtures, a clean environment, and no skipping in CI.

With `CI_REAL=1` a test that needs a real program and skips because it is not there is a failure.
"""

import gc
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from smartyard.config import Settings

pytest_plugins = [
    f"tests.fixtures.{name}"
    for name in ("database", "world", "town", "money", "yard", "documented", "media", "browser")
]

# Folders of tests that start whole installations, and files of those that start and kill processes:
# a tenth of the tests, and most of the time.
LONG = {"journeys", "launcher", "real"}
LONG_FILES = {
    "test_by_hand.py", "test_ci.py", "test_processes.py", "test_push_processes.py",
    "test_worker.py", "test_many.py", "test_many_homes.py", "test_hot_path.py", "test_jobs.py",
    "test_mailings.py", "test_seen_processes.py",
}  # fmt: skip
EVERY_TURN = "test_main_job.py"  # the story that carries the others

# A developer's environment must not reach the tests: what they need they set themselves.
for _name in list(Settings.model_fields):
    os.environ.pop(_name.upper(), None)


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI everything is installed, so that a skip means a test that nobody runs any more."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: skipped although CI_REAL=1: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if os.environ.get("CI_REAL") == "1" and item.get_closest_marker("real"):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself whole shows no marker; in CI none may."""
    report: Any = yield
    if os.environ.get("CI_REAL") == "1" and isinstance(collector, pytest.Module):
        _refuse_skip(report)
    return report


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection of garbage need look through it again."""
    gc.collect()
    gc.freeze()


def _is_long(path: Path) -> bool:
    return path.name in LONG_FILES or not LONG.isdisjoint(path.parts)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long stories first: the processes that share the files out begin with those, and what is left
    for the end is short. `LONG_TURN=2/4` leaves out all but every fourth of the long files, and
    the first journey."""
    turn = os.environ.get("LONG_TURN")
    if turn:
        number, of = map(int, turn.split("/"))
        long = {item.path for item in items if _is_long(item.path)}
        files = sorted(path for path in long if path.name != EVERY_TURN)
        others = {path for index, path in enumerate(files) if index % of != number}
        config.hook.pytest_deselected(items=[item for item in items if item.path in others])
        items[:] = [item for item in items if item.path not in others]
    items.sort(key=lambda item: not _is_long(item.path))
