"""Puts the house together: the only place that knows every other.

`outsides` are the gateways, `services` every service once, `background` the worker's tasks and the
operator's commands; here the application is made of them.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from werkzeug.routing import Rule

from smartyard import config, cors
from smartyard import db as database
from smartyard import errors, guard, openapi, web
from smartyard.access.routes import blueprint as access_routes
from smartyard.address.routes import blueprint as address_routes
from smartyard.cabinet.routes import blueprint as cabinet_routes
from smartyard.calls.routes import blueprint as call_routes
from smartyard.cctv.routes import blueprint as cctv_routes
from smartyard.clips.routes import blueprint as clip_routes
from smartyard.config import Settings
from smartyard.db import db
from smartyard.doors.routes import blueprint as door_routes
from smartyard.events.incoming.routes import blueprint as hook_routes
from smartyard.events.log.routes import blueprint as event_log_routes
from smartyard.ext.routes import blueprint as ext_routes
from smartyard.flussonic.routes import blueprint as flussonic_routes
from smartyard.flussonic.wsgi import VideoDoor
from smartyard.frs.recognising.routes import blueprint as face_hook_routes
from smartyard.frs.residents.routes import blueprint as face_routes
from smartyard.geo.routes import blueprint as geo_routes
from smartyard.inbox.routes import blueprint as inbox_routes
from smartyard.intercom.residents.routes import blueprint as intercom_routes
from smartyard.issues.routes import blueprint as issues_routes
from smartyard.pay.routes import blueprint as pay_routes
from smartyard.provider.batch.routes import blueprint as batch_routes
from smartyard.provider.bill.routes import blueprint as bill_routes
from smartyard.qr.routes import blueprint as qr_routes
from smartyard.secret import Keys, secret_key
from smartyard.sign_in.routes import blueprint as sign_in_routes
from smartyard.sip.routes import blueprint as sip_routes
from smartyard.user.routes import blueprint as user_routes
from smartyard.wiring import background
from smartyard.wiring.ground import Clock, Ground, utc_now
from smartyard.wiring.outsides import Gateways
from smartyard.wiring.services import Services

BLUEPRINTS = (
    sign_in_routes,
    user_routes,
    cabinet_routes,
    address_routes,
    access_routes,
    door_routes,
    qr_routes,
    call_routes,
    cctv_routes,
    event_log_routes,
    hook_routes,
    clip_routes,
    flussonic_routes,
    pay_routes,
    intercom_routes,
    inbox_routes,
    bill_routes,
    batch_routes,
    issues_routes,
    geo_routes,
    sip_routes,
    ext_routes,
    face_routes,
    face_hook_routes,
)


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """The application. Raises SettingsError that lists what is wrong with the settings."""
    settings = settings or config.load()
    _log_to_stderr(settings)
    keys = Keys(secret_key(settings))
    app = _bare_app(settings)
    services = Services(Ground(settings, Gateways(settings), keys, clock))
    errors.install(app)
    cors.install(app, settings.cors_origins)
    guard.install(
        app,
        services.sessions.identify,
        services.providers.tokens.identify,
        web.client_address,
    )
    web.provide(app, services.all())
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    openapi.install(app)
    background.install(app, settings, services, clock)
    app.wsgi_app = VideoDoor(app.wsgi_app, services.viewers)  # type: ignore[method-assign]
    return app


class _ReadRule(Rule):
    """A rule that addresses are read by and never built by (`url_for`): the code that werkzeug
    compiles for building is two thirds of what it takes to make the application."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _builds_nothing


def _builds_nothing(rule: Rule, **_: object) -> tuple[str, str]:
    raise LookupError(f"addresses are not built here: {rule.rule}")


def _bare_app(settings: Settings) -> Flask:
    """Flask with its database, and nothing of ours yet."""
    house = Path(__file__).parents[1]
    app = Flask("smartyard", root_path=str(house), static_folder=None)
    app.url_rule_class = _ReadRule
    app.config.update(
        SMARTYARD=settings,
        SQLALCHEMY_DATABASE_URI=database.url(settings),
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(settings),
        MAX_CONTENT_LENGTH=settings.max_body,
    )
    app.url_map.merge_slashes = False  # it answers by a redirect, which some readers take for yes
    db.init_app(app)
    with app.app_context():
        database.look_before_use(db.engine)
    Migrate(app, db, directory=str(house.parent / "migrations"))
    return app


def _log_to_stderr(settings: Settings) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for talkative in ("procrastinate", "fontTools", "fpdf"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
