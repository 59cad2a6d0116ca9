"""What a flow asks of the world outside: endpoints, secrets, tables, values."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from talk import SILENCE, Call, escalation, heard
from warmline.dialogue.road import MAX_FILLERS
from warmline.events import (
    CancelFetch,
    CancelTimer,
    FetchFinished,
    FetchStarted,
    HangUp,
    Listen,
    Say,
    StartTimer,
    TimerFired,
)
from warmline.flows.flow import Flow

Build = Callable[..., Flow]
FILLER = TimerFired(name="filler")

ORDER = """\
  question:
    ask: { slot: n, type: digits(4), prompt: "Your number?" }
    then: ask_shop
  ask_shop:
    call:
      endpoint: shop
      with: { id: "{n}", note: "order {n}" }
      save: { eta: $.eta }
      while_waiting: "Let me look."
    on: { ok: found, not_found: question, error: desk }
  found: { end: "It comes {eta:date}." }
  desk: { escalate: "the shop is down" }
"""
SECRET = """\
  question:
    secure_input:
      slot: card
      type: digits(16)
      check: luhn
      prompt: "Your card number?"
      endpoint: vault
      with: { purpose: block }
      save: { token: $.token }
    on: { ok: done, error: desk }
  done: { end: "Thank you." }
  desk: { escalate: "the vault is down" }
"""
HEAD = "endpoints: [shop, vault]\n"
CARD = "4111111111111111"


@pytest.fixture
def order(flow_with: Build) -> Call:
    return Call(flow_with(ORDER, HEAD))


@pytest.fixture
def secret(flow_with: Build) -> Call:
    return Call(flow_with(SECRET, HEAD))


def test_an_endpoint_is_asked_with_the_slots_as_they_are(order: Call) -> None:
    order.do("4527")
    assert order.fetch.endpoint == "shop"
    assert dict(order.fetch.values) == {"id": "4527", "note": "order 4527"}
    assert dict(order.fetch.save) == {"eta": "$.eta"}
    assert order.last[-1] == StartTimer(name="filler", seconds=0.8)
    assert FetchStarted(request_id="fetch-1", endpoint="shop") in order.noted
    assert not any(isinstance(command, Say) for command in order.last)
    assert order.fetched(eta="2026-11-24") == "It comes Tuesday, November 24."
    assert order.slots["eta"] == "2026-11-24"


def test_who_waits_is_told_so(order: Call) -> None:
    order.do("4527")
    assert order.says(FILLER) == "Let me look."
    assert order.says(FILLER) == order.machine.flow.repair.busy
    order.fetched(eta="soon")
    assert order.last[0] == CancelTimer(name="filler")


def test_an_endpoint_that_says_nothing_is_given_up(order: Call) -> None:
    order.do("4527")
    for _ in range(MAX_FILLERS):
        assert order.says(FILLER)
    assert escalation(order.do(FILLER)) == "flow"


def test_each_outcome_has_its_road(order: Call) -> None:
    order.do("4527")
    assert order.fetched("not_found") == "Your number?"
    order.do("4528")
    assert order.fetch.request_id == "fetch-2"
    order.fetched("error")
    assert escalation(order.last) == "flow"


def test_meanwhile_only_a_person_can_be_had(order: Call) -> None:
    order.do("4527")
    assert order.says("hello?") == order.machine.flow.repair.busy
    assert order.do("/12", SILENCE) == []
    assert escalation(order.do("can I talk to a person")) == "asked"
    assert order.fetched(eta="late") == ""


def test_a_star_ends_the_waiting(order: Call) -> None:
    order.do("4527")
    assert escalation(order.do("/*")) == "asked"


def test_a_request_is_taken_back_with_its_turn(order: Call) -> None:
    before = order.state
    order.do("4527")
    state, commands = order.machine.rewind(order.state, before)
    assert commands[:2] == [CancelFetch(request_id="fetch-1"), CancelTimer(name="filler")]
    assert isinstance(commands[-1], Listen)
    late = FetchFinished(request_id="fetch-1", endpoint="shop", outcome="ok", code="")
    assert order.machine.handle(state, late) == (state, [])
    state, commands = order.machine.handle(state, heard("4528"))
    assert state.waiting == "fetch-2"


def test_an_answer_that_came_is_not_taken_back(order: Call) -> None:
    order.do("4527")
    before = order.state
    order.do("hello?")
    order.fetched("not_found")
    assert order.machine.rewind(order.state, before) == (order.state, [])


def test_nobody_goes_back_over_what_was_done_outside(order: Call) -> None:
    order.do("4527")
    order.fetched("not_found")
    assert "nothing to go back to" in order.says("go back")


@pytest.mark.parametrize("way", [f"/{CARD}", "4111 1111 1111 1111", "four " + "one " * 15])
def test_a_secret_goes_only_where_it_must(secret: Call, way: str) -> None:
    assert secret.listens.expect.secure
    secret.do(way)
    assert dict(secret.fetch.values) == {"purpose": "block", "card": CARD}
    assert secret.fetch.secrets == {"card"}
    assert CARD not in repr(secret.state)
    assert CARD not in repr([c for c in secret.last if c != secret.fetch])
    assert secret.fetched(token="t-1") == "Thank you."
    assert secret.slots == {"token": "t-1"}


def test_a_secret_that_cannot_be_right_is_asked_again(secret: Call) -> None:
    said = secret.says("/4111111111111112")
    assert said.startswith("That can't be right.")
    assert "4111" not in said
    assert secret.listens.expect.secure


def test_a_vault_that_fails_fails_closed(secret: Call) -> None:
    secret.do(f"/{CARD}")
    secret.fetched("error")
    assert escalation(secret.last) == "flow"
    assert CARD not in repr((secret.state, secret.last))


def test_values_are_set_and_branched_on(flow_with: Build) -> None:
    flow = flow_with(
        "  question:\n    ask: { slot: n, type: digits(2), prompt: q }\n    then: keep\n"
        '  keep: { set: { copy: "{n}", kind: good }, then: fork }\n'
        "  fork: { branch: kind, on: { good: tell, else: bye } }\n"
        '  tell: { end: "{copy:digits}" }\n'
    )
    call = Call(flow)
    assert call.says("45") == "4 5"
    assert call.slots == {"n": "45", "copy": "45", "kind": "good"}


def test_a_loop_of_failing_endpoints_reaches_a_person(flow_with: Build) -> None:
    flow = flow_with(ORDER, HEAD)
    node = flow.nodes["ask_shop"].model_copy(
        update={"on": flow.nodes["ask_shop"].on.model_copy(update={"error": "ask_shop"})}  # type: ignore[union-attr]
    )
    nodes = dict(flow.nodes) | {"ask_shop": node}
    call = Call(replace(flow, file=flow.file.model_copy(update={"nodes": nodes})))
    call.do("4527")
    for _ in range(60):
        if call.state.ended:
            break
        call.fetched("error")
    assert escalation(call.last) == "failed"
    assert isinstance(call.last[-1], HangUp)
