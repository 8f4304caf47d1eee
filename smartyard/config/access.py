"""Settings of opening doors from the phone, and of letting guests in."""

from pydantic import Field
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, Seconds


class AccessSettings(BaseSettings):
    """Openings, guests, invitations and QR codes."""

    door_repeat: Seconds = 4  # a second request for the same door within it is the same request
    gate_repeat: Seconds = 15  # the same of gates and barriers, which a second pulse would close
    door_slack: Seconds = 1  # past PANEL_TIMEOUT: then the server that had asked was killed
    door_waiters: Count = 16  # requests of a process that wait for another's pulse
    door_schedule: str = "*/1 * * * *"  # cron: openings of killed servers are settled
    rights_refresh: Seconds = 21600  # billing's word by which doors open and phones ring is renewed
    rights_used_days: Count = 30  # of whoever was here within it, or gets rings
    rights_schedule: str = "*/1 * * * *"  # cron
    rights_per_turn: Count = 500  # people whom the worker asks billing about
    doors_max_stale: float = Field(default=720, gt=0)  # hours: doors open while billing is silent
    # hours: guests who lost their hosts by billing's word come back where it takes that back
    guests_return: float = Field(default=72, ge=0)
    guests_per_flat: Count = 20
    invitations_per_day: Count = 30  # a phone may let in
    access_changes_per_day: Count = 60  # a phone may make: other terms for a guest, putting out
    invitations_again_per_day: Count = 3  # one guest may be reminded
    invite_text: str = ""  # the SMS of address/resend; unset: a message in the app alone
    qr_tries_per_hour: Count = 10
