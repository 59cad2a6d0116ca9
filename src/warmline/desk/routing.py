"""Who goes next, and to whom; how long it will take. Pure functions over the desk's records.

Must not know how anybody behaves: agents are told apart by declared skills and idle time only.

A caller's place is the moment of their arrival, moved back by a head start in seconds:

    head start = 60 * priority (within 10) + 120 for a VIP + 60 * how angry they sound (0 to 1)

Waiting counts one second a second for all alike, so the order of two callers never turns by
waiting alone, and nobody is passed by who came more than the greatest head start (780 s)
later: nobody starves, as they can behind strict priorities. (It is Kleinrock's delay-dependent
priority, 1964, with equal slopes, known from contact centres as the age of the interaction
plus a bonus.) A mood is worth at most a minute: it is a guess, and shouting must not pay much.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from warmline.desk.cases import Case
from warmline.desk.presence import OnDuty

PRIORITY_S: Final = 60.0
"""As `Escalated.priority` says: one more counts like a minute of waiting."""
MAX_PRIORITY: Final = 10
TIER_S: Final = {"vip": 120.0}
"""By the reason of the escalation."""
MOOD_S: Final = 60.0
MAX_HEAD_START_S: Final = PRIORITY_S * MAX_PRIORITY + max(TIER_S.values()) + MOOD_S


def head_start(case: Case) -> float:
    """Seconds by which a caller is treated as having come earlier; may be negative."""
    priority = max(-MAX_PRIORITY, min(MAX_PRIORITY, case.wish.priority))
    anger = max(0.0, min(1.0, -case.wish.mood))
    return PRIORITY_S * priority + TIER_S.get(case.wish.reason, 0.0) + MOOD_S * anger


def place(case: Case) -> tuple[bool, float, int]:
    """Sorts callers: the smallest is next. Whom an agent had already comes before all others."""
    return (not case.front, case.since - head_start(case), case.number)


def choose(case: Case, needed: frozenset[str], agents: Iterable[OnDuty], now: float) -> str:
    """The user's id of whom to ask: the highest sum of levels in the `needed` skills, then the
    longest idle; empty when nobody is free who has them all."""

    def suits(duty: OnDuty) -> bool:
        agent = duty.agent
        if case.refused.get(agent.user_id, now) > now:
            return False
        if case.wish.agent:  # a person is chosen by a person, whatever their skills
            return agent.user_id == case.wish.agent
        return agent.serves(case.queue) and needed <= agent.skills.keys()

    def rank(duty: OnDuty) -> tuple[int, float, str]:
        level = sum(duty.agent.skills.get(skill, 0) for skill in needed)
        return (-level, duty.idle_since, duty.user_id)

    suited = [duty for duty in agents if duty.free and suits(duty)]
    return min(suited, key=rank).user_id if suited else ""


def expected_wait(position: int, free: int, serving: int, handled: Sequence[float]) -> float:
    """Seconds until the caller at `position` (1 is next) is answered; negative: unknown.

    With all `serving` agents busy, one gets free every mean handling time / serving; the `free`
    ones take as many callers at once.
    """
    if not serving:
        return -1.0
    if position <= free:
        return 0.0
    if not handled:
        return -1.0
    return (position - free) * (sum(handled) / len(handled)) / serving
