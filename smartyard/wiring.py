"""Builds gateways and services and registers blueprints: the only module that knows every other."""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from flask import Flask
from flask_migrate import Migrate

from smartyard import cli, config, cors
from smartyard import db as database
from smartyard import errors, guard, unbuilt, upkeep, web
from smartyard.address.routes import blueprint as address_routes
from smartyard.address.service import AddressService
from smartyard.cabinet.accounts import Accounts
from smartyard.cabinet.routes import blueprint as cabinet_routes
from smartyard.cabinet.service import CabinetService
from smartyard.cctv.routes import blueprint as cctv_routes
from smartyard.cctv.service import CctvService
from smartyard.config import Settings, SettingsError
from smartyard.contracts.copies import Copies
from smartyard.contracts.repository import HouseRepository, MemberRepository
from smartyard.contracts.service import ContractService
from smartyard.crediting import cli as crediting_cli
from smartyard.crediting import tasks as crediting_tasks
from smartyard.crediting.delivery import DeliveryService
from smartyard.crediting.reconciliation import ReconciliationService
from smartyard.crediting.refunds import RefundService
from smartyard.crediting.repository import DeliveryRepository, RefundRepository
from smartyard.db import db
from smartyard.flussonic import tasks as video_tasks
from smartyard.flussonic import viewers
from smartyard.flussonic.lookup import Lookup
from smartyard.flussonic.routes import blueprint as flussonic_routes
from smartyard.flussonic.service import VideoService
from smartyard.flussonic.wsgi import VideoDoor
from smartyard.jobs import Jobs
from smartyard.ledger import tasks as ledger_tasks
from smartyard.ledger.books import BookService
from smartyard.ledger.orders import OrderService
from smartyard.ledger.repository import CreditRepository, PaymentRepository, PrepareRepository
from smartyard.ledger.service import LedgerService
from smartyard.limits import Limits
from smartyard.notices import LoggedNotices
from smartyard.outsides import Gateways
from smartyard.pay.checksum import CallbackSeal, public_key
from smartyard.pay.prepare import PrepareService
from smartyard.pay.routes import blueprint as pay_routes
from smartyard.pay.service import PaymentService
from smartyard.registry import cli as registry_cli
from smartyard.registry.billed import BilledCameraRepository
from smartyard.registry.inventory.repository import InventoryRepository
from smartyard.registry.inventory.service import InventoryService
from smartyard.registry.repository import CameraRepository, DoorRepository
from smartyard.registry.service import RegistryService
from smartyard.secret import Keys, secret_key
from smartyard.user.repository import LoginCodeRepository, PersonRepository, SessionRepository
from smartyard.user.routes import blueprint as user_routes
from smartyard.user.service import UserService
from smartyard.user.sessions import SessionService
from smartyard.user.sign_in import SignInService

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Services:
    """Every service, once."""

    def __init__(self, settings: Settings, gateways: Gateways, keys: Keys, clock: Clock) -> None:
        copies = Copies(settings, clock)
        self.limits = Limits()
        self.registry = RegistryService(
            CameraRepository(),
            DoorRepository(),
            BilledCameraRepository(),
            copies=copies,
            billing=gateways.billing,
            clock=clock,
        )
        self.contracts = ContractService(
            HouseRepository(),
            MemberRepository(),
            copies,
            billing=gateways.billing,
            settings=settings,
            clock=clock,
            on_houses=self.registry.keep_billed_doors,
        )
        self.inventory = InventoryService(InventoryRepository(), self.contracts)
        self.video = VideoService(
            self.contracts, self.registry, keys=keys, settings=settings, clock=clock
        )
        self.viewers = viewers.ViewerService(
            _lookup(settings), gateways.fallback_auth, keys=keys, settings=settings, clock=clock
        )
        self.cctv = CctvService(self.contracts, self.registry, self.video)
        self.address = AddressService(self.contracts, self.registry)
        self._add_money(settings, gateways, copies, clock)
        self._add_people(settings, gateways, keys, clock)

    def _add_money(
        self, settings: Settings, gateways: Gateways, copies: Copies, clock: Clock
    ) -> None:
        payments = PaymentRepository()
        billing = gateways.billing_money
        self.cabinet = CabinetService(
            Accounts(copies, billing, settings.billing_timeout),
            self.contracts,
            billing=billing,
            limits=self.limits,
            settings=settings,
            clock=clock,
        )
        self.ledger = LedgerService(
            payments,
            CreditRepository(),
            bank=gateways.bank,
            notices=LoggedNotices(),
            settings=settings,
            clock=clock,
        )
        self.orders = OrderService(payments, PrepareRepository(), settings=settings, clock=clock)
        self.delivery = DeliveryService(
            self.ledger,
            DeliveryRepository(),
            billing=billing,
            settings=settings,
            clock=clock,
            on_credit=self.cabinet.expire,
        )
        self.books = BookService(payments, CreditRepository())
        self.refunds = RefundService(
            self.books, self.ledger, RefundRepository(), bank=gateways.bank, clock=clock
        )
        self.reconciliation = ReconciliationService(
            self.books, bank=gateways.bank, billing=billing, zone=settings.timezone
        )
        self.prepare = PrepareService(
            self.orders,
            cabinet=self.cabinet,
            billing=billing,
            limits=self.limits,
            settings=settings,
            clock=clock,
        )
        self.payments = PaymentService(
            self.orders,
            self.ledger,
            bank=gateways.bank,
            seal=_callback_seal(settings),
            settings=settings,
        )

    def _add_people(self, settings: Settings, gateways: Gateways, keys: Keys, clock: Clock) -> None:
        codes, people, sessions = LoginCodeRepository(), PersonRepository(), SessionRepository()
        self.sessions = SessionService(
            sessions, clock, settings.sessions_per_phone, settings.session_seen_every
        )
        self.sign_in = SignInService(
            codes,
            people,
            self.sessions,
            limits=self.limits,
            kannel=gateways.kannel,
            keys=keys,
            settings=settings,
            clock=clock,
        )
        self.users = UserService(
            people,
            sessions,
            codes,
            settings=settings,
            clock=clock,
            on_leaving=self.cabinet.forget,
        )


def _callback_seal(settings: Settings) -> CallbackSeal:
    path = settings.sber_callback_cert
    try:
        certificate_key = None if path is None else public_key(path)
    except (OSError, ValueError) as wrong:
        raise SettingsError(f"SBER_CALLBACK_CERT cannot be used: {wrong}") from None
    return CallbackSeal(settings.sber_callback_key.get_secret_value(), certificate_key)


def _lookup(settings: Settings) -> Lookup:
    """The connections that accessfl alone uses."""
    arguments: dict[str, Any] = database.connect_args(
        settings, statement_timeout=settings.video_statement_timeout
    )
    # One plan for all: planning would cost more than the lookup itself.
    arguments["options"] += " -c plan_cache_mode=force_generic_plan -c jit=off"
    address = database.url(settings).translate_connect_args(username="user", database="dbname")
    return Lookup(
        lambda: psycopg2.connect(**address, **arguments),
        viewers.PREPARE,
        size=settings.video_pool,
        wait=settings.video_statement_timeout,
    )


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """The application. Raises SettingsError that lists what is wrong with the settings."""
    settings = settings or config.load()
    _log_to_stderr(settings)
    keys = Keys(secret_key(settings))
    app = Flask("smartyard", root_path=str(Path(__file__).parent), static_folder=None)
    app.config.update(
        SMARTYARD=settings,
        SQLALCHEMY_DATABASE_URI=database.url(settings),
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(settings),
        MAX_CONTENT_LENGTH=settings.max_body,
    )
    app.url_map.merge_slashes = False  # it answers by a redirect, which some readers take for yes
    db.init_app(app)
    Migrate(app, db, directory=str(Path(__file__).parents[1] / "migrations"))
    services = Services(settings, Gateways(settings), keys, clock)
    errors.install(app)
    cors.install(app, settings.cors_origins)
    guard.install(app, services.sessions.identify)
    web.provide(app, list(vars(services).values()))
    for blueprint in (
        user_routes,
        cabinet_routes,
        address_routes,
        cctv_routes,
        flussonic_routes,
        pay_routes,
    ):
        app.register_blueprint(blueprint)
    unbuilt.install(app)
    jobs = _jobs(app, settings, services, clock)
    payment_parts = crediting_cli.Parts(
        services.books,
        services.ledger,
        services.delivery,
        services.refunds,
        services.reconciliation,
    )
    cli.install(
        app,
        jobs,
        registry_cli.commands(services.inventory),
        crediting_cli.commands(payment_parts, settings.timezone),
    )
    app.wsgi_app = VideoDoor(app.wsgi_app, services.viewers)  # type: ignore[method-assign]
    return app


def _jobs(app: Flask, settings: Settings, services: Services, clock: Clock) -> Jobs:
    jobs = Jobs(app, settings)
    video_tasks.register(jobs, services.video, settings.refresh_schedule)
    ledger_tasks.register(jobs, services.ledger, settings.pay_schedule)
    crediting_tasks.register(jobs, services.delivery, settings.pay_schedule)
    upkeep.register(
        jobs,
        settings.cleanup_schedule,
        clock,
        [
            services.limits.forget_ended,
            services.sign_in.forget_ended,
            services.video.forget_ended,
            services.orders.forget_ended,
        ],
    )
    return jobs


def _log_to_stderr(settings: Settings) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for talkative in ("procrastinate", "fontTools", "fpdf"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
