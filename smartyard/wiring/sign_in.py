"""Signing in: by a code, and by a call."""

from collections.abc import Callable

from smartyard.limits import Limits
from smartyard.phones import Phone
from smartyard.sign_in.calling import CallSignInService
from smartyard.sign_in.repository import LoginCallRepository, LoginCodeRepository
from smartyard.sign_in.service import SignInService
from smartyard.user.sessions import SessionService
from smartyard.wiring.ground import Ground, Section


class SignIns(Section):
    """`by_call` hears of calls from the PBX; `by_code` is asked first of all."""

    def __init__(
        self,
        ground: Ground,
        sessions: SessionService,
        limits: Limits,
        *,
        has_home: Callable[[Phone], bool],
    ) -> None:
        self.by_call = CallSignInService(
            LoginCallRepository(),
            sessions,
            limits=limits,
            keys=ground.keys,
            settings=ground.settings,
            clock=ground.clock,
        )
        self.by_code = SignInService(
            LoginCodeRepository(),
            sessions,
            self.by_call,
            limits=limits,
            kannel=ground.gateways.kannel,
            keys=ground.keys,
            settings=ground.settings,
            clock=ground.clock,
            has_home=has_home,
        )
