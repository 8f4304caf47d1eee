"""The provider's side: keys of its programs."""

from smartyard.audit import Audit
from smartyard.provider.tokens.repository import TokenRepository
from smartyard.provider.tokens.service import TokenService
from smartyard.wiring.ground import Ground, Section


class Providers(Section):
    def __init__(self, ground: Ground, audit: Audit) -> None:
        self.tokens = TokenService(
            TokenRepository(),
            audit,
            clock=ground.clock,
            every=ground.settings.session_seen_every,
        )
