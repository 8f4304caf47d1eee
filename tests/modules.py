"""Our modules as their source tells them: their room, and what they import.

Rooms go by their names; a module of a feature that is none of the named ones counts as service.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = {"routes", "schemas", "repository", "models", "tasks", "wsgi"}
# Words that everybody speaks: they know nothing of rules, rows or requests.
WORDS = {"errors", "money", "phones"}
# Packages that only these rooms may import.
SQL, HTTP = {"sqlalchemy", "psycopg2"}, {"requests", "pycurl", "http.client", "urllib.request"}
FLASK = {"flask", "werkzeug", "flask_migrate"}


@dataclass(frozen=True)
class Module:
    """A file of ours, and what it imports."""

    path: Path

    @cached_property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")

    @cached_property
    def lines(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse("\n".join(self.lines))

    @cached_property
    def area(self) -> str:
        """The folder or module right under smartyard."""
        return (self.name.split(".") + [""])[1]

    @cached_property
    def room(self) -> str:
        last = self.name.rsplit(".", 1)[-1]
        return last if last in ROOMS else "service"

    @cached_property
    def imports(self) -> set[str]:
        """Full names of modules, ours and others', and of what is taken from a package of ours."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                here = self.path.relative_to(ROOT).parent.parts
                above = here[: len(here) - node.level + 1] if node.level else ()
                source = ".".join([*above, *([node.module] if node.module else [])])
                inner = {f"{source}.{alias.name}" for alias in node.names}
                found |= (inner & set(NAMES)) or {source}
        return found

    @cached_property
    def ours(self) -> list["Module"]:
        return [BY_NAME[name] for name in sorted(self.imports) if name in BY_NAME]

    @cached_property
    def asks(self) -> bool:
        """It holds a gateway; to name the types of what was answered is no asking."""
        taken = {
            alias.name
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            if node.module.startswith("smartyard.gateways")
            for alias in node.names
        }
        return any(name.endswith("Gateway") or name == "FallbackAuth" for name in taken)

    @cached_property
    def is_pure(self) -> bool:
        """A rule in plain Python: no rows, no requests, nobody asked."""
        if self.room != "service" or self.name.endswith("service") or self.uses(FLASK | SQL):
            return False
        words = WORDS | {"shapes", "sheets", "notices", "gateways"}
        return not self.asks and all(
            other.area in words
            or other.area == self.area
            and (other.room == "models" or other.is_pure)
            for other in self.ours
        )

    def uses(self, packages: set[str]) -> set[str]:
        return {
            package
            for package in packages
            for name in self.imports
            if f"{name}.".startswith(f"{package}.")
        }


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


MODULES = [Module(path) for path in sorted((ROOT / "smartyard").rglob("*.py"))]
NAMES = [module.name for module in MODULES]
BY_NAME = {module.name: module for module in MODULES}
TESTS = [Module(path) for path in sorted((ROOT / "tests").rglob("*.py"))]
