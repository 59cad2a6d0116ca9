"""Laws of every packet, for calls of every flow and for facts in any order."""

import json
from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from any_call import Call, act, facts
from recorded import NAMES, flow, numbered, record, scripts
from warmline.assist.card import FlowCard
from warmline.assist.packet_builder import PacketBuilder
from warmline.assist.summary import summarize
from warmline.events import (
    Command,
    Entry,
    Fact,
    NodeEntered,
    Note,
    Say,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    TurnResumed,
    UtteranceHeard,
)


@cache
def card(name: str) -> FlowCard:
    return FlowCard.of(flow(name))


class Logged(Call):
    """A call under any inputs whose facts are kept as a log; all that is said is played."""

    def __init__(self, name: str) -> None:
        self.log: list[Fact] = []
        super().__init__(flow(name))

    def do(self, fact: Fact) -> list[Command]:
        commands = super().do(fact)
        self.log.append(fact)
        for command in commands:
            match command:
                case Note(fact=noted):
                    self.log.append(noted)
                case Say(say_id=say_id, node=node, text=text):
                    self.log.append(SpeakingStarted(say_id=say_id, node=node, text=text))
                    finished = SpeakingFinished(
                        say_id=say_id, text=text, played_s=1.0, interrupted=False
                    )
                    self.log.append(finished)
                case _:
                    pass
        return commands


def check(name: str, entries: Sequence[Entry]) -> None:
    builder = PacketBuilder(card(name))
    for entry in entries:
        builder.handle(entry)
    packet = builder.packet()
    again = PacketBuilder(card(name))
    for entry in entries:
        again.handle(entry)
        again.packet()
    assert again.packet() == packet, "asking for the packet on the way changes nothing"
    plain = packet.as_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    seqs = {entry.seq for entry in entries}
    lines = {entry.seq for entry in entries if isinstance(entry.fact, UtteranceHeard)} | {0}
    for item in items(plain):
        assert item["seq"] in seqs
        assert item["line"] in lines
    assert not {slot.slot for slot in packet.slots} & card(name).hidden
    assert len(packet.summary) == 3
    summary = summarize(packet, builder.entries)
    assert 4 <= len(summary.sentences) <= 6
    for told in (*packet.summary, *summary.sentences):
        assert told.text[0] == told.text[0].upper()
        assert set(told.evidence) <= seqs | {packet.seq}


def items(value: Any) -> list[dict[str, Any]]:
    """All of a packet's items, wherever they stand."""
    if isinstance(value, list):
        return [item for part in value for item in items(part)]
    if not isinstance(value, dict):
        return []
    inner = [item for part in value.values() for item in items(part)]
    return [*inner, *([value] if "line" in value else [])]


@pytest.mark.parametrize("name", NAMES)
def test_every_conversation_of_every_flow(name: str) -> None:
    for script in scripts(name):
        check(name, record(flow(name), script))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_call(name: str, data: st.DataObject) -> None:
    call = Logged(name)
    for step in data.draw(st.lists(facts(flow(name)), max_size=25)):
        act(call, step)
    check(name, numbered([(float(at), fact) for at, fact in enumerate(call.log)]))


WORDS = st.sampled_from(
    ["", "yes", "no, it's 4527", "[secret]", "I lost my card", "x" * 400, "{a}"]
)
NODES = [*flow("bank_card").nodes, "nowhere", ""]
SLOTS = ["pin", "card_end", "reason", "recording", "freeze", "more", "nothing", ""]
NAMED: dict[str, st.SearchStrategy[Any]] = {
    "node": st.sampled_from(NODES),
    "slot": st.sampled_from(SLOTS),
    "purpose": st.sampled_from(["recording", "other"]),
    "request_id": st.sampled_from(["fetch-1", "fetch-2"]),
    "say_id": st.sampled_from(["say-1", "say-1+", "say-2"]),
    "outcome": st.sampled_from(["ok", "not_found", "error", "?"]),
    "reason": st.sampled_from(["asked", "no_match", "no_input", "flow", "?"]),
    "name": st.sampled_from(["no_input", "Anna"]),
    "turn": st.integers(0, 3),
}
TYPES: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(0, 5),
    float: st.floats(-10, 10),
    bool: st.booleans(),
    tuple[str, ...]: st.lists(WORDS, max_size=2).map(tuple),
    tuple[tuple[str, str], ...]: st.just(()),
}


def any_fact(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    parts = {f.name: NAMED.get(f.name, TYPES[hints[f.name]]) for f in fields(kind)}
    return st.builds(kind, **parts)


ANY_FACT = st.one_of(*(any_fact(kind) for kind in get_args(Fact)))


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY_FACT, max_size=40))
def test_facts_in_any_order(log: list[Fact]) -> None:
    check("bank_card", numbered([(float(at), fact) for at, fact in enumerate(log)]))


@pytest.mark.parametrize("conversation", range(3))
def test_a_turn_that_is_taken_back_leaves_no_trace(conversation: int) -> None:
    """Wherever in a call half a sentence is misunderstood."""
    entries = record(flow("bank_card"), scripts("bank_card")[conversation], ends=False)
    for at in range(1, len(entries)):
        head = entries[:at]
        half = numbered(
            [
                (head[-1].at, fact)
                for fact in (
                    UtteranceHeard(
                        turn=99, text="half", confidence=0.9, started_at=1.0, audio_at=2.0
                    ),
                    SlotFilled(slot="reason", value="fraud", confidence=1.0, source="said"),
                    NodeEntered(node="to_fraud_team"),
                    TurnResumed(turn=99, audio_at=2.5),
                )
            ],
            head,
        )
        plain, voided = PacketBuilder(card("bank_card")), PacketBuilder(card("bank_card"))
        for entry in head:
            plain.handle(entry)
        for entry in half:
            voided.handle(entry)
        if _undone(voided):
            assert voided.packet() == plain.packet()


def _undone(builder: PacketBuilder) -> bool:
    """The flow took it back: no endpoint was awaited, and no person had the call."""
    return not any(
        isinstance(e.fact, NodeEntered) and e.fact.node == "to_fraud_team" for e in builder.entries
    )
