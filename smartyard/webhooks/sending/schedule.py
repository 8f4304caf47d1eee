"""When a message is sent again, and for how long an endpoint that fails is left alone. Seconds."""

# The schedule that Standard Webhooks 1.0.0 gives as its example: ten attempts in 76 hours.
WAITS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
MOST_ASKED = 3600.0  # a longer Retry-After counts as this


def wait_after(attempts: int, chance: float) -> float | None:
    """How long after the last of so many attempts the next one comes; None when it was the last
    that is made. `chance`, 0 to 1, spreads it by a tenth both ways, so that what failed together
    does not come back together."""
    if attempts > len(WAITS):
        return None
    return WAITS[attempts - 1] * (0.9 + 0.2 * chance)


def pause(failures: int, retry_after: float) -> float:
    """For an endpoint whose last turns, so many in a row, ended with a failure: one message is
    tried after it, and the rest when that was taken."""
    usual = FIRST_PAUSE * 2.0 ** min(failures - 1, 20)
    return max(min(usual, LONGEST_PAUSE), min(retry_after, MOST_ASKED))
