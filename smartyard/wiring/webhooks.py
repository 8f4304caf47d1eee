"""Webhooks: the outbox that features are given, the endpoints, and the worker's side."""

import sys
from ipaddress import ip_network

from smartyard.audit import Audit
from smartyard.config import Settings
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.reach import Reach
from smartyard.gateways.transport import Outside
from smartyard.gateways.webhook import WebhookGateway
from smartyard.jobs import Queue
from smartyard.webhooks.outbox import WebhookOutbox
from smartyard.webhooks.repository import DeliveryRepository, EndpointRepository
from smartyard.webhooks.sending.service import SendingService
from smartyard.webhooks.service import EndpointService
from smartyard.wiring.ground import Ground, Section


class Webhooks(Section):
    """`outbox` is what all others are given as `Outbox`."""

    def __init__(self, ground: Ground, audit: Audit) -> None:
        endpoints, deliveries = EndpointRepository(), DeliveryRepository()
        keys, settings, clock = ground.keys, ground.settings, ground.clock
        gateway = WebhookGateway(lambda name, tls: _outside(settings, name, tls))
        self.outbox = WebhookOutbox(
            endpoints, deliveries, keys=keys, settings=settings, clock=clock
        )
        self.endpoints = EndpointService(
            endpoints,
            deliveries,
            self.outbox,
            audit,
            gateway=gateway,
            keys=keys,
            settings=settings,
            clock=clock,
        )
        self.sending = SendingService(
            endpoints,
            deliveries,
            Queue(),
            gateway=gateway,
            keys=keys,
            settings=settings,
            clock=clock,
        )


def _outside(settings: Settings, name: str, tls: bool) -> Outside:
    """One endpoint. It is left alone after a failure by what its row says, for all processes
    together: a breaker of one process adds nothing. Without TLS only our own networks are reached.
    """
    networks = [ip_network(one) for one in settings.webhook_networks]
    return Outside(
        f"webhook {name}",
        connect=settings.webhook_connect_timeout,
        total=settings.webhook_timeout,
        max_bytes=64 * 1024,
        breaker=Breaker(sys.maxsize, settings.breaker_open),
        at_once=settings.webhook_calls,
        ca_file=str(settings.webhook_ca or ""),
        reach=Reach(networks, public=tls),
    )
