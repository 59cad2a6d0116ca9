"""What dialplan and doors tell each other."""

from urllib.parse import parse_qs

import pytest

from warmline.gateway.asterisk.calls import (
    MAX_CALLS,
    OUTCOME_S,
    REGISTERED_S,
    AsteriskCalls,
    Caller,
)
from warmline.ports import Handover

ANN = Caller(number="+15550100", called="100", flow="orders")
BILLING = Handover("billing", "asked for a person & more", "call-1")


def test_a_registration_is_good_once() -> None:
    calls = AsteriskCalls()
    calls.register("A-b", ANN, 0.0)
    assert calls.claim("a-B", 1.0) == ANN
    assert calls.claim("a-b", 1.0) is None


def test_it_is_good_for_a_while() -> None:
    calls = AsteriskCalls()
    calls.register("a", ANN, 0.0)
    assert calls.claim("a", REGISTERED_S) is None
    assert AsteriskCalls().claim("never", 0.0) is None


def test_the_oldest_of_too_many_is_forgotten() -> None:
    calls = AsteriskCalls()
    for number in range(MAX_CALLS + 1):
        calls.register(f"u{number}", ANN, float(number) / MAX_CALLS)
    calls.register("u1", ANN, 1.0)
    assert calls.claim("u0", 1.0) is None
    assert calls.claim("u1", 1.0) == ANN
    assert calls.claim(f"u{MAX_CALLS}", 1.0) == ANN


def test_a_caller_is_given_to_a_queue() -> None:
    calls = AsteriskCalls()
    calls.hand_over("a", BILLING, 0.0)
    calls.ended("a", "escalated", 0.1)
    assert calls.next_step("A", 0.2) == (
        "queue=billing&reason=asked%20for%20a%20person%20%26%20more&summary=call-1"
    )
    assert parse_qs(calls.next_step("a", 0.3))["reason"] == [BILLING.reason]
    assert calls.next_step("a", OUTCOME_S) == "next=unknown"


@pytest.mark.parametrize(
    ("reason", "answer"),
    [
        ("completed", "next=end"),
        ("caller_hung_up", "next=end"),
        ("failed", "next=failed&reason=failed"),
        ("server_stopped", "next=failed&reason=server_stopped"),
        ("escalated", "next=failed&reason=escalated"),
    ],
)
def test_only_an_end_in_peace_hangs_up(reason: str, answer: str) -> None:
    calls = AsteriskCalls()
    calls.ended("a", reason, 0.0)
    assert calls.next_step("a", 1.0) == answer


def test_what_others_write_cannot_harm() -> None:
    long = {"from": "+1\n555\x1b[31m" + "0" * 100, "to": "1\u202e00"}
    caller = Caller.of(long)
    assert caller.number == ("+1555[31m" + "0" * 100)[:64]
    assert (caller.called, caller.flow) == ("100", "")
