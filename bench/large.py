"""`make bench-large`: what takes minutes and gigabytes. Figures are told as by `make bench`.

Each part is a function in a module of its own; `PARTS` is their list. `--only clips` measures one.
Exit status: 0, or 1 with a sentence when it could not measure, or when a figure is past its limit.
"""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position  # called by its path
from bench import large_clips, large_events  # noqa: E402
from bench.ground import BenchFailed, Ground  # noqa: E402
from bench.telling import progress  # noqa: E402
from smartyard.launcher.children import ChildFailed, Stopped  # noqa: E402
from smartyard.launcher.postgres import PostgresFailed  # noqa: E402

SECRET_KEY = "the key of the large measurements, long enough to be one"

# Each gets a ground with a PostgreSQL that is migrated and empty.
PARTS: dict[str, Callable[[Ground], None]] = {
    "clips": large_clips.measure,
    "events": large_events.measure,
}


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _measure(part: str) -> None:
    ground = Ground(SECRET_KEY)
    try:
        progress(f"{part}: starting PostgreSQL and migrating")
        ground.begin_postgres()
        PARTS[part](ground)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # what is being ended is not broken off
        ground.end()


def main() -> int:
    options = argparse.ArgumentParser(description="Measure what is large.")
    options.add_argument("--only", choices=PARTS, action="append")
    chosen = options.parse_args()
    try:
        for part in chosen.only or PARTS:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, _stop)
            _measure(part)
        progress("done")
        return 0
    except Stopped:
        progress("stopped")
        return 130
    except (BenchFailed, ChildFailed, PostgresFailed, OSError, psycopg2.Error) as wrong:
        print(f"make bench-large: {str(wrong).strip()}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
