"""Settings of the house itself: the database, the server, breakers."""

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, HttpUrl, Names, Port, Seconds


class GroundSettings(BaseSettings):
    """What every installation has."""

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
    server_url: HttpUrl = ""
    listen: str = "127.0.0.1:5000"
    workers: Count = 4
    threads: Count = 48
    max_body: Count = 1024 * 1024  # bytes
    trusted_proxies: Names = ("127.0.0.1", "::1")  # only these may tell the client's address
    cors_origins: Names = ()
    timezone: ZoneInfo = ZoneInfo("Europe/Moscow")
    log_level: str = "INFO"

    # breakers: after so many failures in a row, silence for so long
    breaker_failures: Count = 5
    breaker_open: Seconds = 10
