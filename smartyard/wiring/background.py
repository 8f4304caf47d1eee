"""The worker's tasks and the operator's commands."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from smartyard import cli, upkeep
from smartyard.access import cli as access_cli
from smartyard.address.offices import cli as offices_cli
from smartyard.billing.book import cli as contracts_cli
from smartyard.calls import tasks as call_tasks
from smartyard.cctv.videos import cli as videos_cli
from smartyard.clips import tasks as clip_tasks
from smartyard.config import Settings
from smartyard.crediting import cli as crediting_cli
from smartyard.crediting import tasks as crediting_tasks
from smartyard.doors import tasks as door_tasks
from smartyard.events.incoming.syslog import cli as incoming_cli
from smartyard.events.log import tasks as event_tasks
from smartyard.ext.own import cli as pages_cli
from smartyard.flussonic import tasks as video_tasks
from smartyard.frs.keeping import cli as frs_cli
from smartyard.frs.keeping import tasks as frs_tasks
from smartyard.frs.recognising import tasks as face_tasks
from smartyard.geo.book import cli as geo_cli
from smartyard.intercom.pushing import tasks as panel_tasks
from smartyard.issues.desk import cli as tickets_cli
from smartyard.issues.desk import tasks as tickets_tasks
from smartyard.jobs import Jobs
from smartyard.ledger import tasks as ledger_tasks
from smartyard.mailings import cli as mailings_cli
from smartyard.mailings import tasks as mailings_tasks
from smartyard.provider.tokens import cli as token_cli
from smartyard.push import tasks as push_tasks
from smartyard.qr import cli as qr_cli
from smartyard.registry.inventory.terminal import cli as registry_cli
from smartyard.renewal import tasks as renewal_tasks
from smartyard.webhooks import cli as webhooks_cli
from smartyard.webhooks.sending import tasks as webhook_tasks
from smartyard.wiring.events import listener
from smartyard.wiring.ground import Clock
from smartyard.wiring.services import Services


def install(app: Flask, settings: Settings, services: Services, clock: Clock) -> None:
    """Add both to the app."""
    payments = crediting_cli.Parts(
        services.money.books,
        services.money.ledger,
        services.money.delivery,
        services.money.refunds,
        services.money.reconciliation,
    )
    listening = listener(
        settings,
        clock,
        services.events,
        registry=services.registry,
        intercom=services.intercoms.flats,
    )
    cli.install(
        app,
        _jobs(app, settings, services, clock),
        registry_cli.commands(_inventory(services, settings)),
        crediting_cli.commands(payments, settings.timezone),
        mailings_cli.commands(services.mailings.mailings, settings.timezone),
        geo_cli.commands(services.geo.files),
        offices_cli.commands(services.offices),
        videos_cli.commands(services.cameras.videos, settings.timezone),
        pages_cli.commands(services.menu.own_pages, settings.timezone),
        tickets_cli.commands(services.desk.desk, settings.timezone),
        *services.intercoms.commands(),
        contracts_cli.commands(services.contract_books.contracts, settings.timezone),
        token_cli.commands(services.providers.tokens, settings.timezone),
        access_cli.commands(services.by_operator.access, settings.timezone),
        qr_cli.commands(services.guests.qr),
        incoming_cli.commands(listening, services.events.targets),
        webhooks_cli.commands(services.webhooks.endpoints, settings.timezone),
        frs_cli.commands(services.faces.keeping),
    )


def _inventory(services: Services, settings: Settings) -> registry_cli.Parts:
    return registry_cli.Parts(
        services.inventories.inventory,
        services.registry,
        services.inventories.blocks,
        services.audit,
        settings.timezone,
        services.events.events.last_of_panel,
    )


def _jobs(app: Flask, settings: Settings, services: Services, clock: Clock) -> Jobs:
    jobs = Jobs(app, settings)
    video_tasks.register(jobs, services.video, settings.refresh_schedule)
    ledger_tasks.register(jobs, services.money.ledger, settings.pay_schedule)
    crediting_tasks.register(jobs, services.money.delivery, settings.pay_schedule)
    tickets_tasks.register(jobs, services.desk.handing, settings.ticket_schedule)
    push_tasks.register(jobs, services.pushes.push, settings.fcm_calls)
    clip_tasks.register(jobs, services.clips.fetching, settings.clips_at_once)
    call_tasks.register(jobs, services.calls.rings)
    renewal_tasks.register(jobs, services.doors.renewal, settings.rights_schedule)
    door_tasks.register(jobs, services.doors.openings, settings.door_schedule)
    event_tasks.register(jobs, services.events.taker)
    frs_tasks.register(jobs, services.faces.keeping, settings.frs_schedule)
    face_tasks.register(jobs, services.faces.recognition, settings.door_schedule)
    mailings_tasks.register(jobs, services.mailings.mailings)
    panel_tasks.register(
        jobs,
        services.intercoms.pushes,
        schedule=settings.panel_push_schedule,
        compare_schedule=settings.panel_compare_schedule,
        at_once=settings.panel_pushes_at_once,
    )
    webhook_tasks.register(
        jobs, services.webhooks.sending, settings.webhook_schedule, settings.webhooks_at_once
    )
    upkeep.register(jobs, settings.cleanup_schedule, clock, _ended(services))
    return jobs


def _ended(services: Services) -> list[Callable[[datetime], object]]:
    """What deletes rows that have had their time."""
    return [
        services.limits.forget_ended,
        services.sign_ins.by_code.forget_ended,
        services.sign_ins.by_call.forget_ended,
        services.video.forget_ended,
        services.money.orders.forget_ended,
        services.doors.openings.forget_ended,
        services.faces.recognition.forget_ended,
        services.people.forget_ended,
        services.calls.rings.forget_ended,
        services.messages.inbox.forget_ended,
        services.geo.coder.forget_ended,
        services.desk.tickets.forget_ended,
        services.desk.desk.forget_ended,
        services.events.months.keep,
        services.events.taker.forget_ended,
        services.intercoms.pushes.forget_codes,
        services.pushes.push.forget_ended,
        services.clips.asked.forget_ended,
        services.webhooks.outbox.forget_ended,
        services.billing.losses.forget_ended,
    ]
