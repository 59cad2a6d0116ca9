"""Three packets as agents get them, whole. Each file holds a call's log and its packet.

To write them anew after a change that is meant: `PYTHONPATH=tests python THIS_FILE`, and read
the difference.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from recorded import flow, numbered, recorded
from warmline.assist.card import FlowCard
from warmline.assist.packet_builder import PacketBuilder
from warmline.events import Entry, Escalated, Fact, SentimentChanged, TurnResumed, UtteranceHeard
from warmline.records.codec import decode, encode

GOLDEN = Path(__file__).parent / "golden"
CALLS = {
    "order_not_found": ("order_status", "an unknown number twice ends at a person who can look"),
    "wrong_pin": ("bank_card", "a wrong PIN, and a person takes over"),
    "repair_desk_down": ("tenant_line", "the repair desk's system is down"),
}


def packet(flow_name: str, entries: list[Entry]) -> dict[str, Any]:
    builder = PacketBuilder(FlowCard.of(flow(flow_name)))
    for entry in entries:
        builder.handle(entry)
    return builder.packet().as_json()


@pytest.mark.parametrize("name", CALLS)
def test_a_packet_is_as_it_was_approved(name: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    entries = [
        Entry(call_id="call", seq=seq, at=at, fact=decode(kind, body))
        for seq, at, kind, body in golden["entries"]
    ]
    assert packet(golden["flow"], entries) == golden["packet"]


def _call(name: str) -> list[Entry]:
    """The conversation up to its handoff; in one the caller goes on after a pause, and gets
    upset."""
    entries = recorded(*CALLS[name], ends=False)
    end = next(n for n, entry in enumerate(entries) if isinstance(entry.fact, Escalated))
    entries = entries[: end + 1]
    if name != "repair_desk_down":
        return entries
    turns = [n for n, entry in enumerate(entries) if isinstance(entry.fact, UtteranceHeard)]
    facts: list[tuple[float, Fact]] = []
    for number, entry in enumerate(entries):
        if number == turns[0] and isinstance(entry.fact, UtteranceHeard):
            said, at = entry.fact, entry.at
            half = UtteranceHeard(
                turn=said.turn, text="I need", confidence=0.8,
                started_at=said.started_at, audio_at=said.started_at + 0.4,
            )  # fmt: skip
            facts += [(at - 0.6, half), (at - 0.3, TurnResumed(turn=said.turn, audio_at=at - 0.4))]
        facts.append((entry.at, entry.fact))
        if number in turns[-3:]:
            mood = -0.3 * (1 + turns[-3:].index(number))
            reasons = ("pitch +4 semitones", "1.4 times faster")
            changed = SentimentChanged(
                turn=entry.fact.turn if isinstance(entry.fact, UtteranceHeard) else 0,
                mood=round(mood, 2), voice=round(mood, 2), trend="falling", reasons=reasons,
            )  # fmt: skip
            facts.append((entry.at + 0.1, changed))
    return numbered(facts)


def _write(name: str) -> None:
    entries = _call(name)
    log = [json.dumps([e.seq, e.at, *encode(e.fact)]) for e in entries]
    shown = json.dumps(packet(CALLS[name][0], entries), indent=1, ensure_ascii=False)
    head = f'{{"flow": "{CALLS[name][0]}",\n"entries": [\n'
    text = head + ",\n".join(log) + f'\n],\n"packet": {shown}}}\n'
    (GOLDEN / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for each in CALLS:
        _write(each)
