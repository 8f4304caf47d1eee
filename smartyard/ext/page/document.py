"""A page of the menu as one whole document: its policy, the ways to the token, the page itself.

A page can read the token of who looks at it. So a policy stands before anything else: only scripts
with the nonce of this one answer run, and those are what the page had in itself when it was kept;
it speaks with us, and with sites that the operator named, and with nobody else.

The apps give `bearerToken()` in three ways (client contract, section 6). iOS has it at the start.
Android of 2022 puts it in place of a script that is called `lanta.js`. Android of today has an
object alone, of which `shim.js` makes it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

SHIM = "lanta.js"
ADDRESSES = ("src", "href", "xlink:href")  # of a script that is elsewhere
_TEXT = Path(__file__).with_name("shim.js").read_text(encoding="utf-8")
_ORIGIN = re.compile(
    r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(?=[/?#]|$)", re.ASCII | re.IGNORECASE
)
_TAG = len("<script")


def render(html: str, *, base: str, nonce: str, origins: Sequence[str] = ()) -> str:
    """The document. `base` is what links are relative to, with a slash at its end."""
    mark = f' nonce="{nonce}"'
    return (
        '<!doctype html>\n<html lang="ru">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="'
        f'{_policy(nonce, [one for one in (origin_of(base), *origins) if one])}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<script{mark} src="api/ext/{SHIM}"></script>\n<script{mark}>\n{_TEXT}</script>\n'
        f"{mark.join(_pieces(html))}"
    )


def _policy(nonce: str, origins: Sequence[str]) -> str:
    ours = " ".join(origins) or "'none'"
    loaded = " ".join(["data:", *origins])
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; "
        f"img-src {loaded}; font-src {loaded}; media-src {loaded}; connect-src {ours}; "
        f"form-action {ours}; base-uri 'none'"
    )


def origin_of(address: str) -> str:
    """Whose page it is, as in `https://www.example.com`; "" for what is no web address."""
    found = _ORIGIN.match(address)
    return found[0].lower() if found else ""


@lru_cache(maxsize=64)
def _pieces(html: str) -> tuple[str, ...]:
    """The page, cut where the nonce goes: in each tag of a script whose text stands in the page. A
    tag that a browser reads in another way than we do has no nonce, and does not run."""
    reader = _Scripts()
    reader.feed(html)
    reader.close()
    starts = [0]
    for line in html.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    cuts = [0, *(starts[line - 1] + column + _TAG for line, column in reader.places), len(html)]
    return tuple(html[begin:end] for begin, end in zip(cuts, cuts[1:], strict=False))


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.places: list[tuple[int, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name.lower() for name, _ in attrs}
        if tag == "script" and not names & {*ADDRESSES, "nonce"}:
            self.places.append(self.getpos())
