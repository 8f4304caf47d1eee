"""What payments stand on."""

from smartyard.config import Settings, SettingsError
from smartyard.pay.checksum import CallbackSeal, public_key


def callback_seal(settings: Settings) -> CallbackSeal:
    """How the bank signs. Raises SettingsError for a certificate that is none."""
    path = settings.sber_callback_cert
    try:
        certificate_key = None if path is None else public_key(path)
    except (OSError, ValueError) as wrong:
        raise SettingsError(f"SBER_CALLBACK_CERT cannot be used: {wrong}") from None
    return CallbackSeal(settings.sber_callback_key.get_secret_value(), certificate_key)
