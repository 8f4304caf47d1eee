"""What the tests of signing in do again and again: ask, confirm, and look into the tables."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

T = TypeVar("T")


def ask(app: Flask, phone: Any, address: str = "127.0.0.1", **headers: str) -> TestResponse:
    """`requestCode` from an address."""
    return app.test_client().post(
        "/api/user/requestCode",
        json={"userPhone": phone},
        headers=headers,
        environ_base={"REMOTE_ADDR": address},
    )


def confirm(
    app: Flask, phone: Any, code: Any, address: str = "127.0.0.1", **more: Any
) -> TestResponse:
    """`confirmCode` from an address; `more` goes into the body."""
    return app.test_client().post(
        "/api/user/confirmCode",
        json={"userPhone": phone, "smsCode": code, **more},
        environ_base={"REMOTE_ADDR": address},
    )


def token_of(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["data"]["accessToken"])


def call(app: Flask, token: str, method: str, body: Any = None) -> TestResponse:
    """A method of `/api/user` with a token."""
    more: dict[str, Any] = {} if body is None else {"json": body}
    return app.test_client().post(
        f"/api/user/{method}", headers={"Authorization": f"Bearer {token}"}, **more
    )


def wrong(code: str) -> str:
    """Another code of the same length."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


def at_once(work: Callable[[int], T], times: int) -> list[T]:
    """Run `work` in so many threads that begin together; their results in the order of threads."""
    gate = threading.Barrier(times)
    results: dict[int, T] = {}
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            gate.wait(30)
            results[number] = work(number)
        except BaseException as failure:  # pylint: disable=broad-exception-caught  # told below
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures, failures
    return [results[number] for number in range(times)]


def rows(engine: sa.Engine, statement: str, **values: Any) -> list[Any]:
    """What a statement finds; single columns come bare."""
    with engine.connect() as connection:
        found = connection.execute(sa.text(statement), values).all()
    return [row[0] if len(row) == 1 else tuple(row) for row in found]


def hits(engine: sa.Engine) -> dict[str, int]:
    """The counters of SMS that hold something, by the kind of limit."""
    found = rows(engine, "SELECT split_part(key, ':', 1), sum(hits)::int FROM limit_counters"
                         " WHERE hits > 0 GROUP BY 1")  # fmt: skip
    return dict(found)


def wait_until_blocked(engine: sa.Engine) -> None:
    """Until another connection waits for a lock of ours; the application gives up after 2 s."""
    blocked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )
    for _ in range(400):
        if rows(engine, blocked) != [0]:
            return
        threading.Event().wait(0.005)
    raise AssertionError("nothing waits")
