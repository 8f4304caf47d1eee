"""Settings of the provider's billing and of the bank."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, HttpUrl, Names, Seconds


class MoneySettings(BaseSettings):
    """Billing, and payments."""

    # billing
    billing: Literal["http", "local"] = "http"  # local: our own tables, where there is no other
    batch_loss_share: float = Field(default=0.2, gt=0, le=1)  # of all contracts, by batches
    batch_loss_least: Count = 20
    batch_loss_window: Seconds = 86400
    billing_url: HttpUrl = ""
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
    sber_url: HttpUrl = ""
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
