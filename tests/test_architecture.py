"""The doors of docs/architecture.md, read from the imports: what each room may know.

Sizes, names and docstrings are held here too, since no linter knows our limits.
"""

import ast
import re
from collections.abc import Iterator

from tests.modules import BY_NAME, FLASK, HTTP, MODULES, ROOT, SQL, TESTS, WORDS, Module, functions

LEVELS = [
    {"contracts"},
    {"billing"},
    {"registry"},
    {"intercom"},
    {"events", "flussonic", "ledger", "user"},
    {"cabinet", "crediting", "inbox", "renewal", "sign_in"},
    {"doors", "push"},
    {"access", "address", "calls", "cctv", "clips", "ext", "frs", "geo"}
    | {"issues", "mailings", "panels", "pay", "provider", "qr", "sip", "webhooks"},
]
LEVEL = {feature: level for level, features in enumerate(LEVELS) for feature in features}
# What a room may import of the house; its own feature and lower ones are looked at apart.
HOUSE = {
    "routes": WORDS | {"web", "guard", "shapes"},
    "schemas": WORDS | {"shapes", "notices"},
    "service": WORDS
    | {
        "audit",
        "config",
        "db",
        "guard",
        "limits",
        "losses",
        "jobs",
        "notices",
        "outbox",
        "secret",
        "shapes",
        "sms_limits",
        "waiting",
    }
    | {"commands", "sheets", "wallclock"},  # of cli.py, and of imports
    "repository": WORDS | {"db"},
    "models": {"db"},
    "tasks": WORDS | {"jobs"},
    "wsgi": WORDS,
}
HOUSE["cli"] = HOUSE["service"]
OWN = {
    "routes": {"schemas", "service"},
    "schemas": {"schemas"},
    "service": {"service", "repository", "models"},
    "repository": {"repository", "models"},
    "models": {"models"},
    "tasks": {"service"},
    "wsgi": {"service"},
}
LOWER = {"service": {"service"}, "repository": {"models"}, "models": {"models"}}
OUTSIDE_WORLD = {"sandbox", "launcher"}  # they speak HTTP and print; no feature is theirs
# More rooms than seven, until somebody finds a split that helps: they may not grow.
CROWDED = {"flussonic": 8, "ledger": 8}


FEATURES = [module for module in MODULES if module.area in LEVEL]


def knows_too_much(module: Module) -> Iterator[str]:
    """What a module of a feature imports through a door that is not its own."""
    for other in module.ours:
        if other.area == module.area:
            known = other.room in OWN[module.room] or other.path.name == "__init__.py"
            allowed = known or (
                module.room in {"repository", "models", "schemas"} and other.is_pure
            )
        elif other.area in LEVEL:
            lower = LEVEL[other.area] < LEVEL[module.area]
            allowed = lower and other.room in LOWER.get(module.room, set())
        elif other.area == "gateways":
            # A repository may know what was answered; asking is the service's.
            allowed = module.room == "service" or module.room == "repository" and not module.asks
        else:
            allowed = other.area in HOUSE[module.room]
        if not allowed:
            yield f"{module.name} ({module.room}) imports {other.name}"


def within(*areas: str) -> list[Module]:
    return [module for module in MODULES if module.area in areas]


def outside(*areas: str) -> list[Module]:
    return [module for module in MODULES if module.area not in areas]


def test_a_room_knows_only_what_its_door_lets_it() -> None:
    assert [wrong for module in FEATURES for wrong in knows_too_much(module)] == []


def test_flask_stays_in_routes_and_sql_below_them() -> None:
    for module in FEATURES:
        if module.room != "routes" and not module.name.endswith(".cli"):
            assert not module.uses(FLASK), module.name
        if module.room in {"routes", "schemas", "tasks", "wsgi"}:
            assert not module.uses(SQL), module.name


def test_only_services_decide_when_to_commit() -> None:
    words = {"commit", "rollback", "transaction"}
    for module in FEATURES:
        if module.room != "service":
            called = {
                node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)
            }
            named = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
            assert not words & (called | named), module.name


def test_only_the_transport_speaks_http() -> None:
    for module in outside("sandbox", "launcher"):
        assert module.name == "smartyard.gateways.transport" or not module.uses(HTTP), module.name


def test_a_gateway_knows_no_feature_no_database_and_no_flask() -> None:
    for module in within("gateways"):
        assert {other.area for other in module.ours} <= WORDS | {"gateways"}, module.name
        assert not module.uses(FLASK | SQL), module.name


def test_the_sandbox_and_the_server_know_nothing_of_each_other() -> None:
    for module in within("sandbox"):
        assert {other.area for other in module.ours} <= {"sandbox"}, module.name
    for module in within("launcher"):
        known = {other.area for other in module.ours}
        assert known <= {"sandbox", "launcher", "config"}, module.name
    for module in outside("sandbox", "launcher"):
        assert not module.uses({"smartyard.sandbox", "smartyard.launcher"}), module.name


def test_only_wiring_knows_the_features() -> None:
    for module in outside(*LEVEL):
        if module.area != "wiring":
            assert not module.uses({f"smartyard.{feature}" for feature in LEVEL}), module.name
        if module.name != "smartyard":
            assert "smartyard.wiring" not in module.imports, module.name


def test_the_hot_paths_door_is_small_and_knows_neither_flask_nor_the_orm() -> None:
    door = BY_NAME["smartyard.flussonic.wsgi"]
    assert len(door.lines) <= 60
    reached, todo = set(), [door]
    while todo:
        module = todo.pop()
        reached.add(module.name)
        todo += [o for o in module.ours if o.area == "flussonic" and o.name not in reached]
    assert {"smartyard.flussonic.viewers", "smartyard.flussonic.lookup"} <= reached
    for name in reached:
        assert not BY_NAME[name].uses(FLASK | {"sqlalchemy"}), name


def test_a_request_is_known_to_the_web_alone() -> None:
    for module in outside("web", "guard", "errors", "cors", *OUTSIDE_WORLD):
        for node in ast.walk(module.tree):
            if module.room != "routes" and isinstance(node, ast.ImportFrom):
                named = {alias.name for alias in node.names} if node.module == "flask" else set()
                assert not named & {"request", "g", "current_app", "session"}, module.name


def test_every_feature_has_its_place_in_the_order() -> None:
    packages = {path.parent.name for path in (ROOT / "smartyard").glob("*/__init__.py")}
    assert packages <= set(LEVEL) | OUTSIDE_WORLD | {"config", "gateways", "openapi", "wiring"}


def test_the_page_names_every_feature_and_their_order() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    told = re.search(r"so there is no ring: (.*?)\. ", page)
    assert told is not None
    order = [set(part.split(", ")) for part in re.findall(r"`([^`]+)`", told[1])]
    there = {module.area for module in FEATURES}
    assert order[::-1] == [level & there for level in LEVELS]
    house = page.partition("## The house")[2].partition("```\n")[2].partition("```")[0]
    assert [name for name in sorted(there) if not re.search(rf"\b{name}/", house)] == []


def test_a_feature_has_seven_rooms_at_most() -> None:
    for feature in {module.area for module in FEATURES}:
        folder = ROOT / "smartyard" / feature
        rooms = [path.name for path in folder.iterdir() if path.name[0] != "_"]
        assert len(rooms) <= CROWDED.get(feature, 7), f"{feature}: {sorted(rooms)}"


def test_a_module_is_named_for_what_it_is_about_and_says_so() -> None:
    vague = {"utils", "util", "helpers", "common", "manager", "base"}
    for module in MODULES:
        assert not vague & set(module.name.split(".")), module.name
        assert ast.get_docstring(module.tree), module.name


def test_a_view_says_in_a_sentence_what_it_is_for() -> None:
    """The OpenAPI document shows it."""
    for module in MODULES:
        for function in functions(module) if module.room == "routes" else ():
            marks = " ".join(map(ast.unparse, function.decorator_list))
            assert ast.get_docstring(function) or "blueprint." not in marks, function.name


def test_a_file_fits_a_head_and_a_function_a_glance() -> None:
    for module in MODULES + TESTS:
        assert len(module.lines) <= 300, module.name
        for function in functions(module):
            lines = (function.end_lineno or 0) - function.lineno + 1
            assert lines <= 40, f"{module.name}, {function.name}: {lines} lines"


def test_nothing_is_printed() -> None:
    for module in outside("cli", *OUTSIDE_WORLD):
        called = {node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
        names = {node.id for node in called if isinstance(node, ast.Name)}
        assert "print" not in names, module.name


def test_a_test_replaces_the_outside_and_never_ourselves() -> None:
    for module in TESTS:
        assert not module.uses({"unittest.mock", "mock", "pytest_mock"}), module.name
        for function in functions(module):
            assert "mocker" not in {argument.arg for argument in function.args.args}, module.name
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "monkeypatch":
                assert node.attr in {"setenv", "delenv", "chdir"}, module.name


def test_what_residents_read_is_a_russian_sentence() -> None:
    found = 0
    for module in MODULES:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "message":
                if isinstance(node.value, ast.Constant):
                    found += 1
                    assert re.fullmatch("[А-ЯЁSV].*[а-яё].*[.!?]", node.value.value), module.name
    assert found > 10
