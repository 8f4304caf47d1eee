"""Settings: typed, read once from `.env` and the environment (which wins), all errors in one list.

Every setting has a line in `example.env`, and `tests/test_config.py` holds the two together. An
empty value means "not set". Units stand in the comments; times are seconds unless said otherwise.
"""

import re
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from smartyard.phones import Phone

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]
Names = Annotated[tuple[str, ...], NoDecode]


class SettingsError(Exception):
    """The settings are wrong; the text lists everything that is, one line each, without values."""


class Settings(BaseSettings):
    """What an operator may set. Field `pg_host` is the variable `PG_HOST`, and so on."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    # the database; with PG_HOST empty `make run` starts its own, and psql's defaults hold elsewhere
    pg_host: str = ""
    pg_port: Port = 5432
    pg_dbname: str = "smartyard"
    pg_user: str = "smartyard"
    pg_pass: SecretStr = SecretStr("")
    db_pool: Count = 10  # connections a server process holds at most
    db_pool_wait: Seconds = 2
    db_connect_timeout: Count = 2
    db_statement_timeout: Seconds = 5
    db_lock_timeout: Seconds = 2
    db_idle_timeout: Seconds = 10  # idle in transaction

    # the server
    work_dir: Path = Path("var")
    secret_key: SecretStr = SecretStr("")  # unset: made once in WORK_DIR/secret.key
    server_url: str = ""
    listen: str = "127.0.0.1:5000"
    workers: Count = 4
    threads: Count = 48
    max_body: Count = 1024 * 1024  # bytes
    trusted_proxies: Names = ("127.0.0.1", "::1")  # only these may tell the client's address
    cors_origins: Names = ()
    timezone: ZoneInfo = ZoneInfo("Europe/Moscow")
    log_level: str = "INFO"

    # SMS by Kannel
    kannel_host: str = ""
    kannel_port: Port = 13013
    kannel_user: str = ""
    kannel_pass: SecretStr = SecretStr("")
    kannel_from: str = ""
    kannel_text: str = "Код подтверждения: "
    kannel_path: str = "/cgi-bin/sendsms"
    kannel_coding: int = Field(default=2, ge=0, le=2)
    kannel_connect_timeout: Seconds = 1
    kannel_timeout: Seconds = 5
    sms_last_line: str = ""  # e.g. "@example.com #{code}": phones then fill the code in
    sms_prefixes: Names = ("79",)
    sms_per_phone_hour: Count = 5
    sms_per_phone_day: Count = 10
    sms_per_address_hour: Count = 60
    sms_per_day_total: Count = 3000
    sms_strangers_per_day: Count | None = None  # unset: no share of their own

    # one-time codes and sessions
    code_length: int = Field(default=4, ge=4, le=8)
    code_ttl: Seconds = 300
    code_guesses: Count = 5
    code_repeat: Seconds = 60  # a second request within it is the same request
    code_confirm_repeat: Seconds = 30  # a lost answer of confirmCode may be asked for again
    test_user: Phone | None = None
    test_pass: SecretStr = SecretStr("")
    sessions_per_phone: Count = 10
    session_seen_every: Seconds = 300  # "last seen" is written at most this often

    # billing
    billing_url: str = ""
    billing_token: SecretStr = SecretStr("")
    billing_ca: Path | None = None  # PEM: trusted instead of the public authorities
    billing_connect_timeout: Seconds = 1
    billing_timeout: Seconds = 4  # for all calls of one request of ours together
    billing_calls: Count = 8  # at once, in each server process
    billing_ttl: Seconds = 300
    billing_retry: Seconds = 10  # after a failure a copy is not refreshed sooner
    billing_max_stale: float = Field(default=72, gt=0)  # hours
    billing_max_answer: Count = 1024 * 1024  # bytes
    billing_block_share: float = Field(default=0.5, gt=0, le=1)
    billing_block_least: Count = 20
    billing_lacks: Names = ()  # methods that this billing does without, e.g. confirmpayment
    documents_per_phone_hour: Count = 120  # histories, invoices and receipts
    account_guesses_per_hour: Count = 10  # contract passwords and restore codes, a phone
    refresh_schedule: str = "*/1 * * * *"  # cron; six fields mean seconds come last
    cleanup_schedule: str = "17 * * * *"
    stalled_schedule: str = "*/1 * * * *"
    stalled_after: Seconds = 60

    # payments by Sberbank's gateway
    sber_url: str = ""
    sber_user: str = ""
    sber_password: SecretStr = SecretStr("")
    sber_merchant: str = ""  # for wallets; unset: SBER_USER without its "-api"
    sber_callback_key: SecretStr = SecretStr("")
    sber_callback_cert: Path | None = None  # the gateway's X.509 certificate, PEM
    sber_ca: Path | None = None  # PEM: trusted instead of the public authorities
    sber_currency: str = Field(default="643", pattern="^[0-9]{3}$")
    sber_return_url: str = ""  # unset: a page of ours under SERVER_URL
    sber_form_url: str = ""  # the bank's page with {orderId}: only where an answer was lost
    sber_connect_timeout: Seconds = 2
    sber_timeout: Seconds = 10
    sber_calls: Count = 8
    order_prefix: str = Field(default="sy", pattern="^[A-Za-z0-9-]{0,12}$")
    pay_min: Count = 100  # kopecks
    pay_max: Count = 10_000_000  # kopecks
    pay_repeat: Seconds = 600  # the same session, contract and sum: the same order
    pay_per_phone_hour: Count = 30
    pay_acts_per_phone_hour: Count = 120  # registering, paying by wallet, asking what became of it
    pay_misses_per_address_hour: Count = 20  # pay/register without a token, wrong numbers
    pay_open_for: Seconds = 1800  # an order may be registered without a token for so long
    pay_schedule: str = "* * * * * */5"
    pay_ask_first: Seconds = 15
    pay_ask_most: Seconds = 120
    pay_ask_late: Seconds = 1800  # after the first hour
    pay_retry_first: Seconds = 5
    pay_retry_most: Seconds = 60
    pay_expire: float = Field(default=24, gt=0)  # hours
    pay_lease: Seconds = 30  # an order taken by a worker that was killed is free again after it
    pay_watch: Seconds = 3600  # a paid order is asked about so often in its first day,
    pay_watch_late: Seconds = 86400  # and so often after it,
    pay_watch_days: Count = 30  # for so long: refunds made in the bank's office are looked for

    # video
    expire: float = Field(default=360, gt=0)  # minutes a video token lives
    expire_max: float = Field(default=1440, gt=0)  # minutes, when viewing goes on
    video_tokens_per_session: Count = 50  # one more, and the one that would end first goes
    auth_duration: Count = 120
    video_pool: Count = 4  # connections a server process keeps for accessfl alone
    video_statement_timeout: Seconds = 1
    proxyfl: str = ""
    proxyfl_connect_timeout: Seconds = 0.5
    proxyfl_timeout: Seconds = 1.5
    proxyfl_calls: Count = 8

    # breakers: after so many failures in a row, silence for so long
    breaker_failures: Count = 5
    breaker_open: Seconds = 10

    # what the apps are told
    phone_pattern: str = "+7 (###) ###-##-##"
    android_upgrade: int = 0  # builds below it are asked to upgrade
    android_force_upgrade: int = 0  # builds below it must
    ios_upgrade: int = 0
    ios_force_upgrade: int = 0

    @property
    def strangers_per_day(self) -> int:
        """Of the day's SMS, those to numbers that we do not know."""
        return self.sms_strangers_per_day or self.sms_per_day_total

    @field_validator(
        "trusted_proxies", "cors_origins", "sms_prefixes", "billing_lacks", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        """A list is written with commas or blanks between its items."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _no_wildcard(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in value:
            raise ValueError("a wildcard cannot be used with credentials: list the origins")
        return tuple(origin.rstrip("/") for origin in value)

    @field_validator("billing_url", "proxyfl", "server_url", "sber_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @field_validator("test_pass")
    @classmethod
    def _digits(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch("[0-9]{4,8}", value.get_secret_value()):
            raise ValueError("must be digits, as many as CODE_LENGTH: the app asks for a code")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 16:
            raise ValueError("must have at least 16 characters, better 64 random ones")
        return value

    @field_validator("kannel_path")
    @classmethod
    def _path(cls, value: str) -> str:
        return value if value.startswith("/") else f"/{value}"


def _told(error: Any) -> str:
    """pydantic's own words, save where they repeat the value."""
    return "no such time zone" if error["type"] == "zoneinfo_str" else str(error["msg"])


def load(env_file: str | Path | None = ".env") -> Settings:
    """Read the settings once. Raises SettingsError that names all wrong ones without values."""
    try:
        return Settings(_env_file=env_file, _env_file_encoding="utf-8")
    except ValidationError as wrong:
        lines = [
            f"{'.'.join(str(part) for part in error['loc']).upper()}: {_told(error)}"
            for error in wrong.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SettingsError("Settings are wrong:\n  " + "\n  ".join(lines)) from None
