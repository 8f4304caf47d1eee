"""Both READMEs have the same parts, none shorter than the other, in the order of their readers."""

import re

from tests.test_readme import ENGLISH, RUSSIAN, text

ORDER = ["What it asks of billing", "Two commands", "Installation on a host", "Updating",
         "Running by hand", "Settings", "nginx", "Development", "Licence"]  # fmt: skip


def test_both_readmes_are_whole_and_in_order() -> None:
    english, russian = (re.split(r"^## ", text(page), flags=re.M) for page in (ENGLISH, RUSSIAN))
    heads = [part.partition("\n")[0] for part in english[1:]]
    assert [head for head in heads if head in ORDER] == ORDER
    assert len(english) == len(russian)
    for one, other in zip(english, russian, strict=True):
        told = [
            (part.count("```"), part.count("\n| "), part.count("\n\n")) for part in (one, other)
        ]
        assert told[0] == told[1], one[:40]
