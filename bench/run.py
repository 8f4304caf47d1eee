"""`make bench`: starts everything it needs, measures, prints `bench: <name> = <number> <unit>`.

Progress goes to standard error. Exit status: 0, or 1 with a sentence when it could not measure, or
when what it measured were errors. `--only accessfl` (`hanging`, `addresses`, `clips`, `events`)
measures one part; `--seconds 2` makes each run so long. What the figures mean is told in README.md.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import urlencode

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position  # called by its path
from bench import clips, events, world  # noqa: E402
from bench.ground import BenchFailed, Figure, Ground, ask, has_wrk  # noqa: E402
from bench.hanging import Callers  # noqa: E402
from bench.telling import TURNS, in_turns, middle, progress, show  # noqa: E402
from smartyard.launcher.children import ChildFailed, Stopped  # noqa: E402
from smartyard.launcher.postgres import PostgresFailed  # noqa: E402
from smartyard.sandbox import Sandbox  # noqa: E402
from smartyard.secret import Keys  # noqa: E402

SECRET_KEY = "the key of the measurements, long enough to be one"
CALLERS = 64
PARTS = ("accessfl", "hanging", "addresses", "clips", "events")
Address = tuple[str, int]


class Bench:
    """One run: the ground, the servers, and what the media server asks."""

    def __init__(self, ground: Ground, sandbox: Sandbox, seconds: float) -> None:
        self.ground = ground
        self.sandbox = sandbox
        self.seconds = seconds
        self.questions: list[str] = []
        self.bearers: dict[int, str] = {}
        self.waiting: list[str] = []
        self.ours: Address = ("", 0)

    def prepare(self, size: world.Size) -> None:
        progress("starting PostgreSQL and migrating")
        self.ground.begin_postgres()
        progress(f"loading {size.people} people and {size.tokens} video tokens")
        connection = self.ground.connect()
        pairs = world.load(connection, Keys(SECRET_KEY.encode()), size)
        connection.autocommit = False
        for contracts in (1, 10, 100):
            self.bearers[contracts] = world.add_caller(
                connection, 79990000000 + contracts, contracts
            )
        # Two devices a person: one asks billing, the other waits for its answer.
        for number in range(CALLERS):
            self.waiting.append(world.add_caller(connection, 79991000000 + number // 2, 0))
        connection.close()
        progress("starting the servers")
        # The breaker would end the waiting after four seconds, and the cap of 8 would refuse many
        # at once: both are moved out of the way, so that the worse case is measured.
        self.ours = self.ground.serve(
            "server",
            "app:gunicorn_app",
            BILLING_URL=self.sandbox.billing_url,
            BREAKER_FAILURES="1000000",
            BILLING_CALLS="32",
            **clips.MANY,
        )
        self._check(pairs)
        self.questions = [f"GET {_path(pair)}" for pair in pairs]

    def _check(self, pairs: Sequence[world.Pair]) -> None:
        for pair in pairs[:1000]:
            told = ask(self.ours, _path(pair))
            if told != (200 if pair.allowed else 403, "120"):
                raise BenchFailed(f"a pair to be {'let in' if pair.allowed else 'refused'}: {told}")

    def _ask(self, address: Address, seconds: float = 0, *, pause: int = 0) -> Figure:
        """The media server's questions: as many as can be answered, or at an even pace."""
        found = self.ground.wrk(
            address,
            self.questions,
            seconds=seconds or self.seconds,
            connections=16 if pause else 32,
            pause=pause,
        )
        if address == self.ours:
            share = found.statuses.get("403", 0) / sum(found.statuses.values())
            if not 0.095 < share < 0.105:
                raise BenchFailed(f"one in ten was to be refused, and {share:.3f} were")
        return found

    def accessfl(self) -> None:
        """Ours and the limits in turns, all of them as fast as they can."""
        progress("accessfl in turns with bare Flask and bare WSGI")
        servers = {
            "bare_wsgi": self.ground.serve("bare WSGI", "bench.bare:wsgi_app"),
            "bare_flask": self.ground.serve("bare Flask", "bench.bare:flask_app"),
            "accessfl": self.ours,
        }
        for address in servers.values():
            self._ask(address, 2)
        found = in_turns({name: _call(self._ask, at) for name, at in servers.items()})
        for name, figures in found.items():
            show(name, middle(figures, "rate"), "requests/s")
            show(f"{name}_p50", middle(figures, "p50"), "ms")
            show(f"{name}_p99", middle(figures, "p99"), "ms")
        ours = middle(found["accessfl"], "rate")
        for limit in ("bare_flask", "bare_wsgi"):
            show(f"accessfl_to_{limit}", ours / middle(found[limit], "rate"), "ratio")

    def hanging(self) -> None:
        """The same questions while residents wait for a billing that never answers."""
        progress(f"accessfl while {CALLERS} callers wait for a hanging billing")
        callers = Callers(self.ours, self.waiting)
        found: dict[str, list[Figure]] = {}
        self._ask(self.ours, 2)
        for _ in range(TURNS):
            found.setdefault("quiet", []).append(self._ask(self.ours))
            found.setdefault("quiet_paced", []).append(self._ask(self.ours, pause=20))
            self.sandbox.faults.set("billing", "hang", seconds=30)
            try:
                with callers.waiting():
                    found.setdefault("hanging", []).append(self._ask(self.ours))
                    found.setdefault("hanging_paced", []).append(self._ask(self.ours, pause=20))
            finally:
                self.sandbox.faults.clear(abandon=True)
        show("callers_held", callers.held_on_average, "requests")
        for name, figures in found.items():
            show(f"accessfl_{name}", middle(figures, "rate"), "requests/s")
            show(f"accessfl_{name}_p99", middle(figures, "p99"), "ms")
        for kind in ("", "_paced"):
            quiet = middle(found[f"quiet{kind}"], "p99")
            ratio = middle(found[f"hanging{kind}"], "p99") / quiet
            show(f"accessfl_hanging{kind}_p99_to_quiet", ratio, "ratio")

    def addresses(self) -> None:
        """getAddressList on a fresh copy of billing's word."""
        progress("getAddressList at 1, 10 and 100 contracts")
        with self.ground.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE billing_copies SET fetched_at = now() WHERE subject LIKE 'homes:79990%'"
            )
        asked = ["POST /api/address/getAddressList"]

        def ask_list(contracts: int) -> Figure:
            return self.ground.wrk(
                self.ours,
                asked,
                seconds=self.seconds,
                connections=4,
                bearer=self.bearers[contracts],
            )

        found = in_turns({str(n): _call(ask_list, n) for n in self.bearers})
        for contracts, figures in found.items():
            show(f"get_address_list_{contracts}", middle(figures, "rate"), "requests/s")
            show(f"get_address_list_{contracts}_p50", middle(figures, "p50"), "ms")
            show(f"get_address_list_{contracts}_p99", middle(figures, "p99"), "ms")

    def clips(self) -> None:
        """The same questions while the worker fetches ten clips."""
        progress("accessfl while the worker fetches ten clips")
        self.sandbox.accessfl = f"http://{self.ours[0]}:{self.ours[1]}/api/accessfl"
        with clips.fetching(self.ground, self.sandbox, self.ours, self.bearers[1]) as ten:

            def beside(pause: int) -> Figure:
                with ten.running():
                    return self._ask(self.ours, pause=pause)

            found = in_turns(
                {
                    "quiet": _call(self._ask, self.ours),
                    "fetching": _call(beside, 0),
                    "quiet_paced": lambda: self._ask(self.ours, pause=20),
                    "fetching_paced": _call(beside, 20),
                }
            )
            show("clips_fetched", ten.rate, "MB/s")
        for kind, value, unit in (("", "rate", "requests/s"), ("_paced", "p99", "ms")):
            quiet, busy = (middle(found[name + kind], value) for name in ("quiet", "fetching"))
            show(f"accessfl_clips{kind}_{value}", busy, unit)
            show(f"accessfl_clips{kind}_{value}_to_quiet", busy / quiet, "ratio")

    def events(self) -> None:
        """A day of a flat among 100,000 events, and how many a second are written."""
        progress("the log of a flat, and hooks that write")
        connection = self.ground.connect()
        bearer = world.add_caller(connection, events.READER, events.OF_READER)
        app = events.application(self.ground)
        events.make_months(self.ground, app)
        flats = events.reader_flats()
        events.load(connection, flats, len(flats) * events.PER_FLAT, lambda _: None)
        connection.close()
        for path, name in (("plog", "plog"), ("plogDays", "plog_days")):
            events.stay_fresh(self.ground)
            found = events.reading(self.ours, bearer, path, self.seconds)
            for part in (50, 95):
                show(f"{name}_p{part}", events.share(found, part / 100), "ms")
        key = events.key_of(app)
        show("events_written", events.writing(self.ours, key, self.seconds), "events/s")


def _call(work: Callable[..., Figure], *arguments: object) -> Callable[[], Figure]:
    return lambda: work(*arguments)


def _path(pair: world.Pair) -> str:
    """As a media server asks (protocols.md, section 1.2)."""
    number = int(pair.token[:8], 16)
    viewer = f"203.0.113.{number % 250}"
    query = {
        "name": pair.stream,
        "proto": "hls",
        "ip": viewer,
        "request_type": "new_session" if number % 4 == 0 else "update_session",
        "request_number": number % 9,
        "session_id": f"{pair.token[:8]}-0000-4000-8000-{pair.token[:12]}",
        "stream_clients": 1,
        "total_clients": number % 500,
        "token": pair.token,
        "qs": f"token={pair.token}",
        "user_agent": "Mozilla/5.0 (Linux; Android 14) ExoPlayerLib/2.19.1",
        "referer": "",
        "dvr": "false",
    }
    return "/api/accessfl?" + urlencode(query)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def main() -> int:
    options = argparse.ArgumentParser(description="Measure the server beside its limits.")
    options.add_argument("--only", choices=PARTS, action="append")
    options.add_argument("--seconds", type=float, default=3, help="length of each run of wrk")
    chosen = options.parse_args()
    if not has_wrk():
        print(
            "make bench needs wrk: install it (Debian and Ubuntu: apt install wrk).",
            file=sys.stderr,
        )
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    ground = Ground(SECRET_KEY)
    try:
        with Sandbox({}) as sandbox:
            bench = Bench(ground, sandbox, chosen.seconds)
            bench.prepare(world.Size())
            for part in chosen.only or PARTS:
                getattr(bench, part)()
        progress("done")
        return 0
    except Stopped:
        progress("stopped")
        return 130
    except (
        BenchFailed,
        ChildFailed,
        PostgresFailed,
        RuntimeError,
        OSError,
        psycopg2.Error,
    ) as wrong:
        print(f"make bench: {str(wrong).strip()}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # what is being ended is not broken off
        ground.end()


if __name__ == "__main__":
    sys.exit(main())
