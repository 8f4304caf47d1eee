"""`python -m smartyard.sandbox`: the sandbox as a process, until SIGTERM or Ctrl-C.

When it is ready it prints one line of JSON with the addresses it listens at. A wrong option, a busy
port or a world that cannot be read is one sentence on stderr and exit status 2.
"""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from smartyard.sandbox.bank import BankOptions
from smartyard.sandbox.bank_callbacks import SIGNATURES, CallbackOptions
from smartyard.sandbox.town import Sandbox
from smartyard.sandbox.world import demo_keys


def _options() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m smartyard.sandbox", description=__doc__)
    for name in (
        "kannel",
        "billing",
        "media",
        "page",
        "bank",
        "panels",
        "mail",
        "desk",
        "geocoder",
        "fcm",
        "frs",
        "webhooks",
    ):
        reader.add_argument(f"--{name}-port", type=int, default=0, help="0 is any free port")
    reader.add_argument("--world", type=Path, help="a JSON file instead of the demo world")
    reader.add_argument("--accessfl", default="", help="the URL the media server asks of viewers")
    reader.add_argument("--securetoken", default="", help="the media server's key of signed links")
    reader.add_argument("--user", default="demo", help="who may send SMS")
    reader.add_argument("--password", default="demo")
    reader.add_argument("--billing-token", default="", help="billing answers only who sends it")
    reader.add_argument("--fcm-credentials", type=Path, help="write the service account there")
    reader.add_argument("--pbx", default="", help="the URL the PBX asks of calls")
    reader.add_argument("--pbx-key", type=Path, help="the file that will hold the PBX's key")
    _add_bank(reader)
    return reader.parse_args()


def _add_bank(reader: argparse.ArgumentParser) -> None:
    group = reader.add_argument_group("the bank")
    group.add_argument("--callback", default="", help="the URL of callbacks; none, where empty")
    group.add_argument("--callback-key", default=CallbackOptions.key, help="of the HMAC checksum")
    group.add_argument("--callback-signature", choices=SIGNATURES, default=SIGNATURES[0])
    group.add_argument("--callback-method", choices=("GET", "POST"), default="GET")
    group.add_argument("--callback-every", type=float, default=30.0, help="seconds to the next try")
    group.add_argument(
        "--auto-pay", action="store_true", help="magic amounts need no person at the payment page"
    )


def _sandbox(options: argparse.Namespace) -> Sandbox:
    given = vars(options)
    account: Path | None = given.pop("fcm_credentials")
    pbx: str = given.pop("pbx")
    pbx_key: Path | None = given.pop("pbx_key")
    callback = CallbackOptions(
        url=given.pop("callback"),
        key=given.pop("callback_key"),
        signature=given.pop("callback_signature"),
        method=given.pop("callback_method"),
        every=given.pop("callback_every"),
    )
    bank = BankOptions(auto_pay=given.pop("auto_pay"), callback=callback)
    sandbox = Sandbox(**given, bank_options=bank)
    sandbox.pbx.url, sandbox.pbx.key_file = pbx, pbx_key
    if given["world"] is None:
        sandbox.panels.teach(demo_keys())
    if account is not None:
        try:
            sandbox.write_service_account(account)
        except OSError:
            sandbox.stop()
            raise
    return sandbox


def _words(wrong: Exception) -> str:
    if isinstance(wrong, KeyError):
        return f"the world lacks {wrong}"
    if isinstance(wrong, OSError) and wrong.filename:
        return f"{wrong.filename}: {wrong.strerror}"
    return (wrong.strerror or str(wrong)) if isinstance(wrong, OSError) else str(wrong)


def main() -> int:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        sandbox = _sandbox(_options())
    except (OSError, ValueError, KeyError, OverflowError) as wrong:
        print(f"The sandbox cannot start: {_words(wrong)}", file=sys.stderr)
        return 2
    with sandbox:
        names = ["kannel_host", "kannel_port", "kannel_url", "billing_url", "media_url", "page_url"]
        names += ["bank_url", "beward_url", "sokol_url", "relay_url"]
        names += ["smtp_host", "smtp_port", "desk_url", "geocoder_url", "fcm_url"]
        names += ["frs_url", "webhooks_url"]
        told = {name: getattr(sandbox, name) for name in names}
        print(json.dumps(told), flush=True)
        stopping.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
