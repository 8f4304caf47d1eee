"""SMS by Kannel's `sendsms`: GET with everything in the query, 202 when the message was taken.

Source: reference/protocols.md, section 2 (Kannel 1.4.5, tried). Kannel wants its password in the
query, so nothing here or in the transport ever logs one. A message is sent once: a time-out means
"unknown" (Kannel has delivered after one), and nobody repeats it by himself.
"""

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish, Unreachable
from smartyard.phones import Phone


class SmsNotSent(DependencyUnavailable):
    """Surely not sent: Kannel is away, not set, or has no room now."""

    message = "Сейчас не получается отправить SMS. Попробуйте через несколько минут."


class SmsRefused(SmsNotSent):
    """Surely not sent: Kannel will not take this message, number or password."""


class SmsUnknown(DependencyUnavailable):
    """May have been sent: asked, and no answer came that says so."""

    message = "SMS может задержаться. Подождите минуту и, если её нет, запросите код ещё раз."


class KannelGateway:
    """`coding` is Kannel's: 2 (UCS-2) is what carries Cyrillic."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        outside: Outside,
        *,
        host: str,
        port: int,
        path: str,
        user: str,
        password: str,
        sender: str,
        coding: int,
    ) -> None:
        self.configured = bool(host)
        self._outside = outside
        self._url = f"http://{f'[{host}]' if ':' in host else host}:{port}{path}"
        self._account = [("user", user), ("pass", password)]
        self._sender = [("from", sender)] if sender else []
        self._coding = str(coding)

    def send(self, phone: Phone, text: str) -> None:
        """Hand over one message, its text untouched.

        Raises SmsNotSent (SmsRefused when asking again is vain) or SmsUnknown.
        """
        if not self.configured:
            raise SmsNotSent(cause="KANNEL_HOST is not set")
        message = [("to", phone), ("text", text), ("charset", "UTF-8"), ("coding", self._coding)]
        params = [*self._account, *self._sender, *message]
        try:
            self._outside.ask(Request("GET", self._url, params=params, once=True), _taken)
        except Unreachable as error:
            raise SmsNotSent(cause=error.cause) from None
        except (SmsNotSent, SmsUnknown):
            raise
        except DependencyUnavailable as error:
            raise SmsUnknown(cause=error.cause) from None


def _taken(answer: Answer) -> None:
    """202 alone: another page's 200 (a wrong KANNEL_PATH, a portal) must not pass for success."""
    cause = f"Kannel answered {answer.status}"
    if answer.status == 202:
        return
    if 400 <= answer.status < 500:
        raise SmsRefused(cause=cause)
    if answer.status == 503:  # "Temporal failure": nothing was queued
        raise SmsNotSent(cause=cause)
    if answer.status >= 500:
        raise SmsUnknown(cause=cause)
    raise Rubbish(cause=cause)
