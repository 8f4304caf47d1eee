"""Settings of cameras and of the media servers that ask us."""

from pydantic import Field
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, HttpUrl, Seconds


class VideoSettings(BaseSettings):
    """Video tokens, the check of viewers, and PROXYFL."""

    # video
    expire: float = Field(default=360, gt=0)  # minutes a video token lives
    expire_max: float = Field(default=1440, gt=0)  # minutes, when viewing goes on
    video_tokens_per_session: Count = 50  # one more, and the one that would end first goes
    securetoken_minutes: float = Field(default=180, gt=0)  # of a link that its server lets in
    auth_duration: Count = 120
    video_pool: Count = 4  # connections a server process keeps for accessfl alone
    video_statement_timeout: Seconds = 1
    ranges_timeout: Seconds = 10
    ranges_ttl: float = Field(default=20, ge=0)  # seconds that a media server is not asked again
    proxyfl: HttpUrl = ""
    proxyfl_connect_timeout: Seconds = 0.5
    proxyfl_timeout: Seconds = 1.5
    proxyfl_calls: Count = 8
