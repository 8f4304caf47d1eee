"""What the READMEs and guides say is held against what is there: commands, numbers, names, files.

A command in a shell block is run by the suite or by CI (the table below says where), or its block
begins by saying that it is run as root on a host. Each fact that stands in two places is compared.
"""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import click
import pytest
from flask import Flask

from smartyard.config import Settings
from smartyard.launcher.words import greeting

ROOT = Path(__file__).parents[1]
ENGLISH, RUSSIAN = "README.md", "README.ru.md"
GUIDE, PAYMENTS = "docs/operators-guide.md", "docs/payments.md"
PAGES = (ENGLISH, RUSSIAN, GUIDE, PAYMENTS)
# All that people read, for what holds of each page.
WRITTEN = sorted(
    str(page.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "bench/*.md")
    for page in ROOT.glob(pattern)
)

ON_A_HOST = ("# as root on a host", "# от root на хосте")
LANGUAGES = {"sh", "nginx", "text"}  # only `sh` holds commands, and no other block may

# Capital words that are no settings of ours.
OTHERS = {"POST", "ALARM", "FATAL", "ERROR", "WARNING", "INFO", "RUNNING", "ORDER", "URL", "ID"}


class Proof(NamedTuple):
    """Which test or script runs a command, and the words there that do it."""

    where: str
    words: str


LAUNCHER = "tests/launcher/running.py"
BY_HAND = "tests/deploy/test_by_hand.py"
PROOFS = {
    "make run": Proof(LAUNCHER, '[python, "-m", "smartyard.launcher"]'),
    "make test": Proof(".ci/run", " make test\n"),
    "make test ARGS='tests/user -x'": Proof("tests/deploy/test_makefile.py", "ARGS=tests/user -x"),
    "make check": Proof(".ci/run", "\nmake check\n"),
    "make fuzz": Proof(".ci/run", "\nmake fuzz\n"),
    "make help": Proof("tests/deploy/test_makefile.py", "make().stdout"),
    "make format": Proof("tests/test_readme.py", 'make(tree, "format")'),
    "make lint": Proof("tests/test_readme.py", 'make(tree, "lint")'),
    "make bench": Proof("tests/test_readme.py", 'make(tree, "bench", "ARGS=--help")'),
    "mv example.env .env": Proof(BY_HAND, '(tree / "example.env").rename(tree / ".env")'),
    "psql -f db/init.sql": Proof(BY_HAND, '"-f", "db/init.sql"]'),
    "FLASK_APP=app.py flask db upgrade": Proof(BY_HAND, '"flask", "db", "upgrade"]'),
    "python app.py": Proof(BY_HAND, '[sys.executable, "app.py"]'),
    "flask --app app worker": Proof(
        "tests/fixtures/processes.py", 'Process("flask", "--app", "app", "worker"'
    ),
}


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[tuple[str, str]]:
    """Language and content of each fenced block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def lines(block: str) -> list[str]:
    """The commands of a shell block, those of several lines joined, without comments."""
    joined = re.sub(r"\\\n\s*", "", block)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def commands(page: str, on_a_host: bool) -> list[str]:
    return [
        line
        for language, block in blocks(page)
        if language == "sh" and (block.splitlines()[0] in ON_A_HOST) is on_a_host
        for line in lines(block)
    ]


def rows(page: str, first: str) -> list[list[str]]:
    """The cells of the table whose head begins with `first`."""
    found = re.search(rf"^\| {re.escape(first)} \|.*\n\|[ -|]+\n((?:\|.*\n)+)", text(page), re.M)
    assert found is not None, f"{page} has no table of {first}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page: str) -> None:
    assert text(page).count("\n```") == 2 * len(blocks(page))
    assert {language for language, _ in blocks(page)} <= LANGUAGES


def test_both_readmes_have_the_same_commands_in_the_same_order() -> None:
    assert commands(ENGLISH, on_a_host=True) == commands(RUSSIAN, on_a_host=True)
    assert commands(ENGLISH, on_a_host=False) == commands(RUSSIAN, on_a_host=False)
    assert [language for language, _ in blocks(ENGLISH)] == [
        language for language, _ in blocks(RUSSIAN)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_command_is_run_by_a_test_or_is_for_root_on_a_host(page: str) -> None:
    greeted = shlex.split(printed_curl())
    for command in commands(page, on_a_host=False):
        if shlex.split(command) != greeted:  # which tests/launcher/test_run.py sends
            assert command in PROOFS


@pytest.mark.parametrize("command", PROOFS)
def test_what_runs_a_command_is_there(command: str) -> None:
    assert command in commands(ENGLISH, on_a_host=False)
    proof = PROOFS[command]
    in_this_table = proof.where == "tests/test_readme.py"
    assert text(proof.where).count(proof.words) > in_this_table


def test_make_run_is_what_the_launchers_tests_run() -> None:
    assert re.search(r"^run:.*\n\t@exec \$\(PY\) -m smartyard\.launcher$", text("Makefile"), re.M)


@pytest.mark.parametrize("page", PAGES)
def test_what_root_types_is_a_shell_s_grammar(page: str) -> None:
    script = "\n".join(commands(page, on_a_host=True))
    subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=30)


def printed_curl() -> str:
    """The command that `make run` prints, on one line."""
    said = greeting("http://127.0.0.1:5000", "", Path("var"))
    return lines(said.partition("Begin with:\n")[2].partition("Logs")[0])[0]


def test_the_curl_is_the_one_that_make_run_prints() -> None:
    for page in (ENGLISH, RUSSIAN):
        curls = [one for one in commands(page, on_a_host=False) if one.startswith("curl")]
        assert [shlex.split(curl) for curl in curls] == [shlex.split(printed_curl())]


@pytest.mark.parametrize(
    ("page", "head", "language"), [(ENGLISH, "number", "en"), (RUSSIAN, "номер", "ru")]
)
def test_the_magic_numbers_are_the_people_of_the_demo_world(
    page: str, head: str, language: str
) -> None:
    people = json.loads(text("smartyard/sandbox/world.json"))["people"]
    assert rows(page, head) == [
        [str(person["phone"]), person["about"][language]] for person in people
    ]


def test_the_blocks_of_nginx_are_those_of_the_file() -> None:
    file = text("deploy/nginx.conf")
    shown = [
        re.search(rf"^    location {path} \{{.*?^    \}}\n", file, re.M | re.S)
        for path in ("/api", "/api/call/", "/bill/")
    ]
    for page in (ENGLISH, RUSSIAN):
        assert [b for language, b in blocks(page) if language == "nginx"] == [
            dedent(found[0]) for found in shown if found
        ]
        assert all(shown)


@pytest.mark.parametrize("page", PAGES)
def test_every_flask_command_exists_with_its_options(app: Flask, page: str) -> None:
    typed = commands(page, on_a_host=True) + commands(page, on_a_host=False)
    found = re.findall(r"\bflask (?:--app app )?((?!--).*)", "\n".join(typed))
    assert found
    for words in found:
        command: click.Command = app.cli
        left = shlex.split(words)
        while isinstance(command, click.Group):
            inner = command.get_command(click.Context(command), left.pop(0))
            assert inner is not None, words
            command = inner
        known = {option for parameter in command.params for option in parameter.opts}
        assert [word for word in left if word.startswith("--") and word not in known] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_that_is_named_exists(page: str) -> None:
    prose = re.sub(r"^```.*?^```$", "", text(page), flags=re.MULTILINE | re.DOTALL)
    named = set()
    for span in re.findall(r"`([^`]+)`", prose):
        named |= set(re.findall(r"(?<![\w<$])[A-Z]{2,}[A-Z_]*\b", span))
    known = {name.upper() for name in list(Settings.model_fields)}
    assert named - known - OTHERS == set()
    assert len(named & known) > 5


@pytest.mark.parametrize("page", WRITTEN)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", text(page)):
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.is_file(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in heads]


@pytest.mark.parametrize(("page", "head"), [(ENGLISH, "method"), (RUSSIAN, "метод")])
def test_the_methods_of_billing_are_those_we_call(page: str, head: str) -> None:
    listed = [name for row in rows(page, head) for name in re.findall(r"`(\w+)`", row[0])]
    ours = "".join(text(f"smartyard/gateways/{name}.py") for name in ("billing", "billing_money"))
    described = {
        name
        for row in rows("docs/billing-api.md", "method")
        for name in re.findall(r"`(\w+)`", row[0])
    }
    assert len(listed) == len(set(listed))
    assert set(listed) == {name for name in described if f'"{name}"' in ours}


def test_every_line_and_sentence_in_the_guide_is_the_server_s() -> None:
    code = "".join(
        file.read_text(encoding="utf-8") for file in sorted((ROOT / "smartyard").rglob("*.py"))
    )
    shown = [row[0].strip("`") for row in rows(GUIDE, "строка содержит")]
    read = " ".join(row[0] for row in rows(GUIDE, "что прочёл человек"))
    sentences = re.findall("«(.*?)»", read)
    assert len(sentences) > 5
    shown += sentences
    assert [line for line in shown if line not in code] == []


def test_every_limit_in_the_guide_is_the_default() -> None:
    defaults: dict[str, Any] = {
        name.upper(): field.default for name, field in dict(Settings.model_fields).items()
    }
    for what, told, names in rows(GUIDE, "что"):
        for name in re.findall(r"`([A-Z_]+)`", names):
            assert str(int(defaults[name])) in re.findall(r"\d+", told), (what, name)


def test_the_licence_is_there() -> None:
    assert text("LICENSE").lstrip().startswith("GNU GENERAL PUBLIC LICENSE")
    assert "Version 3, 29 June 2007" in text("LICENSE")


UGLY = '''"""A module."""
import sys
import os
ANSWER = {  "path":os.sep,'stream' : sys.stdout }
'''


def make(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The Makefile over one file, with the Python of this suite."""
    return subprocess.run(
        ["make", "-C", str(ROOT), f"VENV={folder}/venv", f"SOURCES={folder}/one.py", *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a venv that needs no installing, and a module to format."""
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    for stamp in (".installed", ".installed-dev"):
        (tmp_path / "venv" / stamp).touch()
    (tmp_path / "one.py").write_text(UGLY, encoding="utf-8")
    return tmp_path


def test_make_format_mends_what_make_lint_refuses(tree: Path) -> None:
    refused = make(tree, "lint")
    assert refused.returncode != 0 and "E202" in refused.stdout, refused.stderr
    assert make(tree, "format").returncode == 0
    mended = make(tree, "lint")
    assert mended.returncode == 0, mended.stdout
    assert "import os\nimport sys\n" in (tree / "one.py").read_text(encoding="utf-8")


def test_make_bench_begins(tree: Path) -> None:
    """To measure takes minutes of a quiet machine; that is for whoever calls it."""
    told = make(tree, "bench", "ARGS=--help")
    assert told.returncode == 0 and "--seconds" in told.stdout, told.stderr
