"""The examples of docs/inventory.md are what the import takes."""

import json
import re

from tests.fixtures.database import ROOT
from tests.registry.conftest import EVERYTHING, Import, Rows


def test_every_example_of_the_page_is_imported(bring: Import, rows: Rows) -> None:
    page = (ROOT / "docs" / "inventory.md").read_text("utf-8")
    blocks = re.findall(r"^```(json)?\n(.*?)^```$", page, re.S | re.M)
    examples = [(kind, text) for kind, text in blocks if not text.startswith("flask ")]
    assert [kind for kind, _ in examples] == ["json", *[""] * 8]
    for kind, text in examples:
        done = bring(json.loads(text) if kind else text)
        assert done.exit_code == 0, (text, done.stderr)
    # Its CSVs say what its JSON says, and one house more.
    assert len(rows(EVERYTHING)) == 14
    assert rows("SELECT id FROM houses ORDER BY 1") == [(101,), (102,)]
