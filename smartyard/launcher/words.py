"""What `make run` prints when everything runs."""

import json
from pathlib import Path

WORLD = Path(__file__).resolve().parents[1] / "sandbox" / "world.json"


def greeting(url: str, page_url: str, work_dir: Path) -> str:
    """A few lines to begin with; the numbers are those of the demo world."""
    people = json.loads(WORLD.read_text(encoding="utf-8"))["people"]
    numbers = "\n".join(f"  {person['phone']}  {person['about']['en']}" for person in people)
    first = people[0]["phone"]
    return f"""
The server listens on {url}
Read the SMS with their codes, and break things, at {page_url}
Numbers of the demo world:
{numbers}
Payments go to a bank of the sandbox; its magic amounts, and the way on by curl: docs/sandbox.md.
Begin with:
  curl -X POST -H 'Content-Type: application/json' -d '{{"userPhone": "{first}"}}' \\
    {url}/api/user/requestCode
Logs are in {work_dir / 'log'}. Ctrl-C ends everything; the data stay in {work_dir}.
"""
