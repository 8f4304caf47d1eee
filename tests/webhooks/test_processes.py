"""The real worker: what was committed is sent, also when one of them is killed over it."""

from pathlib import Path

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import wait_for, working
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL
from tests.gateways.servers import hang, serving
from tests.webhooks.conftest import Post

LEASE = 6  # seconds


def test_a_killed_workers_message_is_sent_by_the_next_one_while_another_endpoint_hangs(
    town: Town, post: Post, database_cluster: Cluster, tmp_path: Path
) -> None:
    environment = environment_of(database_cluster, DATABASE, tmp_path) | {
        "WEBHOOK_NETWORKS": "127.0.0.0/8",
        "WEBHOOK_SCHEDULE": "* * * * * *",
        "WEBHOOK_LEASE": str(LEASE),
        "WEBHOOK_TIMEOUT": "3",
        "LOG_LEVEL": "INFO",
    }
    town.sandbox.hooks.reset()  # its own time
    with serving(hang) as dead:
        post.add("session.started", name="dead", url=dead.url + "/a-secret")
        post.add("session.started", "ticket.created")
        town.sign_in(NORMAL)  # committed, and no worker lives
        town.sandbox.faults.set("webhooks", "hang")
        with working(environment, tmp_path / "killed.log") as worker:
            wait_for(lambda: post.sent and dead.seen, "both to be sent to")
            worker.kill()
        town.sandbox.faults.clear(abandon=True)
        assert post.told == []
        with working(environment, tmp_path / "next.log") as worker:
            wait_for(lambda: post.told, "the message")
            wait_for(lambda: "delivered" in post.states, "its row")
            assert worker.running and "Traceback" not in worker.said
    assert sorted(post.states) == ["delivered", "waiting"]
    assert len(post.told) == 1 and len({sent["id"] for sent in post.sent}) == 1
    for secret in (NORMAL, "a-secret", "whsec_"):
        assert secret not in worker.said
