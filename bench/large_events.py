"""The log at 1, 5 and 10 million events: a day of a flat must take as long at each."""

import sys

from bench import events
from bench.ground import BenchFailed, Ground
from bench.telling import progress, show

SIZES = (1_000_000, 5_000_000, 10_000_000)
MOST = 20.0  # milliseconds, p95
SECONDS = 10.0
ROOM = 1.5  # how much longer the largest may take than the smallest, on a machine that is not quiet


def measure(ground: Ground) -> None:
    """Raises BenchFailed where a day takes longer than it may, or grows with what is there."""
    flats = SIZES[-1] // events.PER_FLAT
    progress(f"{flats} people, and the months")
    app, bearer = events.settle(ground, flats)
    everybody = [*events.reader_flats(), *range(1, flats - events.OF_READER + 1)]
    ours = ground.serve("server", "app:gunicorn_app")
    key, there = events.key_of(app), 0
    days: dict[int, float] = {}
    for size in SIZES:
        _load(ground, everybody[: size // events.PER_FLAT], size - there, there == 0)
        there = size
        events.stay_fresh(ground)
        days[size] = _read(ours, bearer, "plog", f"plog_{size // 1_000_000}m")
        _read(ours, bearer, "plogDays", f"plog_days_{size // 1_000_000}m")
        rate = events.writing(ours, key, 5)
        show(f"events_written_{size // 1_000_000}m", rate, "events/s")
    grown = days[SIZES[-1]] / days[SIZES[0]]
    show("plog_10m_to_1m", grown, "ratio")
    if max(days.values()) > MOST or grown > ROOM:
        raise BenchFailed(f"a day of a flat took {max(days.values()):.1f} ms, {grown:.2f} times")


def _read(ours: events.Address, bearer: str, path: str, name: str) -> float:
    """The p95, after a while in which the server warms up."""
    events.reading(ours, bearer, path, 2)
    found = events.reading(ours, bearer, path, SECONDS)
    for part in (50, 95):
        show(f"{name}_p{part}", events.share(found, part / 100), "ms")
    return events.share(found, 0.95)


def _load(ground: Ground, flats: list[int], count: int, first: bool) -> None:
    """Flats of the reader get their share once: at every size a day of theirs is as full."""
    mine = set(events.reader_flats())
    others = flats if first else [flat for flat in flats if flat not in mine]
    connection = ground.connect()
    rate = events.load(connection, others, count, lambda done: _show_progress(done, count))
    connection.close()
    _show_progress(count, count)
    print(file=sys.stderr)
    show(f"events_loaded_{count // 1_000_000}m", rate, "events/s")


def _show_progress(done: int, count: int) -> None:
    filled = 40 * done // count
    drawn = "#" * filled + "." * (40 - filled)
    print(f"\r[{drawn}] {done / 1e6:5.2f} of {count / 1e6:g} million", end="", file=sys.stderr)
