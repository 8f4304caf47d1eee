"""Settings of calls from panels to phones."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, Port


class CallSettings(BaseSettings):
    """The PBX as phones reach it. Unset, nobody's phone rings."""

    sip_server: str = ""
    sip_port: Port = 5060
    sip_transport: Literal["udp", "tcp", "tls"] = "udp"
    sip_stun: str = ""  # as in stun:stun.example.com:3478
    sip_prefix: str = Field(default="2", pattern="^[0-9]{0,6}$")  # of the phones' extensions
    frame_waiters: Count = 16  # requests of a process that hold a thread for frames of panels
