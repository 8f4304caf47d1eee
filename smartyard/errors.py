"""The error family, and how any error becomes the envelope {code, name, message}.

Statuses mean one thing each (docs/architecture.md, "Statuses"). The message is what the app shows
to a resident: a Russian sentence that says what to do. Nothing here names a value that came in.
"""

import logging
import traceback
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)


class AppError(Exception):
    """What a client can act on: `status` goes on the wire, `message` before a person's eyes."""

    status = 500
    message = "Что-то пошло не так. Попробуйте ещё раз позже."

    def __init__(self, message: str | None = None, *, cause: str = "") -> None:
        """`cause` is for the log only and must hold no secret."""
        super().__init__(cause or type(self).__name__)
        self.message = message or self.message
        self.cause = cause


class Malformed(AppError):
    """422: a wrong shape."""

    status = 422
    message = "Запрос составлен неверно. Обновите приложение и попробуйте ещё раз."


class NoToken(AppError):
    """422: no token was sent; only a token that is wrong logs people out."""

    status = 422
    message = "Войдите в приложение, чтобы продолжить."


class TokenRefused(AppError):
    """401: a malformed, unknown or ended token. It logs the person out."""

    status = 401
    message = "Вход в приложение завершён. Войдите ещё раз по номеру телефона."


class NotYours(AppError):
    """403: somebody else's; the same answer whether it exists or not."""

    status = 403
    message = "У вас нет доступа. Если это ошибка, обратитесь к вашему оператору."


class NotFound(AppError):
    """404: yours, but not there or not connected."""

    status = 404
    message = "Услуга не подключена. Чтобы подключить её, обратитесь к вашему оператору."


class PaymentRequired(AppError):
    """402: yours, connected, not paid."""

    status = 402
    message = "Услуга не оплачена. Пополните счёт, чтобы пользоваться ею."


class TooOften(AppError):
    """429: a limit is used up."""

    status = 429
    message = "Слишком много попыток. Попробуйте позже."


class DependencyUnavailable(AppError):
    """503: somebody we need is silent, broken, or answers what nobody can read."""

    status = 503
    message = "Сервис временно недоступен. Попробуйте через несколько минут."


# Classes of SQLSTATE: connection, rollback (deadlock, serialization), resources, locks, operator.
_PASSING = ("08", "40", "53", "55", "57")

FRAMEWORK = {
    404: "Такой страницы нет. Обновите приложение.",
    405: "Этот адрес вызывают иначе. Обновите приложение.",
    413: "Слишком большой запрос. Уменьшите его и попробуйте ещё раз.",
}


def envelope(status: int, message: str) -> Response:
    """The wire form of any error. `data` is left out: an object there would hide the message."""
    body = {"code": status, "name": HTTPStatus(status).phrase, "message": message}
    return Response(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/json"
    )


def _where() -> str:
    return request.url_rule.rule if request.url_rule else "(no route)"


def _expected(error: AppError) -> Response:
    log.info("%s: %s %s", _where(), error.status, error)
    return envelope(error.status, error.message)


def _framework(error: HTTPException) -> Response:
    answer = error.get_response()
    status = answer.status_code
    if status not in FRAMEWORK:  # 400, 414, 415 and their like are all a wrong shape
        return envelope(Malformed.status, Malformed.message)
    ours = envelope(status, FRAMEWORK[status])
    if "Allow" in answer.headers:
        ours.headers["Allow"] = answer.headers["Allow"]
    return ours


def _database(error: Exception) -> Response:
    """A database that is away, full or too slow is a 503; a wrong statement of ours is a bug."""
    if isinstance(error, DBAPIError) and not is_database_away(error):
        return _wrong_statement(error)
    log.error("%s: the database does not answer: %s", _where(), type(error).__name__)
    return envelope(503, DependencyUnavailable.message)


def _wrong_statement(error: DBAPIError) -> Response:
    log.error("%s: a bug: %s", _where(), told(error))
    return envelope(500, AppError.message)


def told(error: BaseException) -> str:
    """An unexpected error and its trace, for the log. Of a failed statement not its own words:
    PostgreSQL's detail quotes the values of the row."""
    what = type(error).__name__
    if isinstance(error, DBAPIError):
        code = getattr(error.orig, "pgcode", None)
        what = f"{type(error.orig).__name__} ({code}) in {error.statement}"
    return what + "\n" + "".join(traceback.format_tb(error.__traceback__))


def _bug(error: Exception) -> Response:
    log.error("%s: a bug", _where(), exc_info=error)
    return envelope(500, AppError.message)


def is_database_away(error: Any) -> bool:
    """True for a lost connection, a statement or lock that timed out, a transaction that met
    another (deadlock), a server that shuts down: the same request may succeed a moment later."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "pgcode", None) or ""
    return error.connection_invalidated or state[:2] in _PASSING or not state


def install(app: Flask) -> None:
    """Handle errors on the app, so that 404, 405, 413 and bugs have the envelope too."""
    app.register_error_handler(AppError, _expected)
    app.register_error_handler(HTTPException, _framework)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _bug)
