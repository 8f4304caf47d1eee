"""Settings of signing in: SMS, codes, sessions, what the apps are told at their start."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, Names, Phones, Port, Seconds
from smartyard.phones import Phone


class PeopleSettings(BaseSettings):
    """SMS by Kannel, one-time codes and sessions."""

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
    code_misses_per_address_hour: Count = 30  # wrong codes, whatever numbers they were of
    code_repeat: Seconds = 60  # a second request within it is the same request
    code_confirm_repeat: Seconds = 30  # a lost answer of confirmCode may be asked for again
    confirm_numbers: Phones = ()  # that people call to sign in
    confirm_method: Literal["sms", "outgoingCall"] = "sms"  # where an app leaves it to us
    confirm_call_ttl: Seconds = 300
    test_user: Phone | None = None
    test_pass: SecretStr = SecretStr("")
    sessions_per_phone: Count = 10
    session_seen_every: Seconds = 300  # "last seen" is written at most this often

    # what the apps are told
    phone_pattern: str = "+7 (###) ###-##-##"
    android_upgrade: int = 0  # builds below it are asked to upgrade
    android_force_upgrade: int = 0  # builds below it must
    ios_upgrade: int = 0
    ios_force_upgrade: int = 0
