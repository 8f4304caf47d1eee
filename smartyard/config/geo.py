"""Settings of geocoding."""

from pydantic import Field
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, HttpUrl, Seconds


class GeoSettings(BaseSettings):
    """Where an address is that the address book does not know."""

    geocoder_url: HttpUrl = ""  # a Nominatim; unset: only our own houses are found
    geocoder_user_agent: str = Field(default="", pattern="^[ -~]*$")  # unset: made of SERVER_URL
    geocoder_countries: str = Field(default="ru", pattern="^([a-z]{2}(,[a-z]{2})*)?$")
    geocoder_every: Seconds = 1.1  # the public server: one request a second for all of us
    geocoder_wait: Seconds = 3  # for a turn to ask
    geocoder_rest: Seconds = 60  # after it refused us
    geocoder_keep_days: Count = 90
    geocoder_per_phone_hour: Count = 30
    geocoder_connect_timeout: Seconds = 1
    geocoder_timeout: Seconds = 4
