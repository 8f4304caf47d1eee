"""`flask webhooks`: what an operator may set, sees, and is refused."""

from collections.abc import Callable

from tests.fixtures.town import Town
from tests.webhooks.conftest import Post

OpenPost = Callable[..., Post]


def test_an_endpoint_is_made_shown_and_removed_and_the_audit_knows(town: Town, post: Post) -> None:
    url = "https://crm.example.com:8443/a-secret-path?token=abc"
    secret = post.add("door.opened", url=url)
    assert secret.startswith("whsec_") and len(secret) == 50
    listed, shown = post.run("list").output, post.run("show", "crm").output
    assert "https://crm.example.com:8443  door.opened" in listed and "a-secret-path" not in listed
    assert url in shown and secret not in shown
    ((sealed,),) = post.rows("SELECT secret FROM webhook_endpoints")
    assert secret.encode() not in bytes(sealed)
    post.run("off", "crm")
    assert "выключен" in post.run("list").output
    assert post.run("remove", "crm").exit_code == 0
    assert "Вебхуков нет" in post.run("list").output
    noted = town.rows("SELECT action, subject, detail::text FROM audit ORDER BY id")
    assert [row[:2] for row in noted] == [
        (f"webhook.{action}", "webhook:crm") for action in ("add", "off", "remove")
    ]
    assert not any(word in str(noted) for word in ("abc", "a-secret-path", secret[6:]))


def test_removing_forgets_what_waits(town: Town, post: Post) -> None:
    post.add("session.started")
    post.add("session.started", name="other")
    town.sign_in("79000000001")
    assert post.run("remove", "crm").exit_code == 0
    assert post.states == ["waiting"] and post.turn() == 1


REFUSED = [
    "add CRM https://crm.example.com",
    "add crm ftp://crm.example.com",
    "add crm https://",
    "add crm https://user:password@crm.example.com/",
    "add crm https://crm.example.com/#part",
    "add crm https://crm.example.com/a\u00a0b",
    "add crm https://[::1/",
    "add crm https://crm.example.com:99999/",
    "add crm https://пример.рф/",
    "add crm http://crm.example.com/",
    "add known https://crm.example.com/",
    "show nobody",
    "remove nobody",
    "rotate nobody",
    "test nobody",
    "on nobody",
    "off nobody",
    "replay --since 2026-01-01 --endpoint nobody",
]


def test_what_cannot_be_is_refused_in_a_sentence(open_post: OpenPost) -> None:
    post = open_post(webhook_networks=())
    post.add(name="known", url="https://known.example.com/")
    for words in REFUSED:
        done = post.run(*words.split(" "))
        assert done.exit_code == 1, words
        assert done.output.startswith("Error: ") and done.output.endswith(".\n"), words
    assert [name for (name,) in post.rows("SELECT name FROM webhook_endpoints")] == ["known"]


def test_a_message_to_try_shows_what_the_endpoint_says(town: Town, post: Post) -> None:
    post.add("door.opened")
    assert "Принято: ответ 200" in post.run("test", "crm").output
    assert [one["type"] for one in post.told] == ["webhook.test"]
    town.sandbox.faults.set("webhooks", "refuse")
    assert "Не принято: ответ 403" in post.run("test", "crm").output
    town.sandbox.faults.set("webhooks", "down")
    done = post.run("test", "crm")
    assert done.exit_code == 1 and "Ответа нет" in done.output


def test_our_own_network_is_out_of_reach_unless_it_is_named(
    town: Town, open_post: OpenPost
) -> None:
    post = open_post(webhook_networks=("10.0.0.0/8",))
    for name, host in (("here", "127.0.0.1"), ("named", "localhost"), ("other", "[::1]")):
        url = town.sandbox.webhooks_url.replace("127.0.0.1", host)
        for scheme in ("http", "https"):
            post.add(name=f"{name}-{scheme}", url=url.replace("http", scheme, 1))
            done = post.run("test", f"{name}-{scheme}")
            assert done.exit_code == 1 and "must not be reached" in done.output
    assert town.sandbox.calls("webhooks") == []
