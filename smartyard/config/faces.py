"""Settings of the recognition of faces."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, HttpUrl, Seconds


class FaceSettings(BaseSettings):
    """A FALPRS; unset, there are no faces."""

    frs_url: HttpUrl = ""
    frs_token: SecretStr = SecretStr("")
    frs_connect_timeout: Seconds = 1
    frs_timeout: Seconds = 6  # it fetches a picture of ours, and looks for a face
    frs_calls: Count = 8
    frs_schedule: str = "20 */4 * * *"  # when it is told anew of streams and faces
    frs_pause: Seconds = 10  # a door opens to a face once in it
    frs_likes_per_phone_hour: Count = 30
    frs_faces_per_flat: Count = 50
