"""What each turn waited for, from the log."""

from warmline.events import (
    DigitPressed,
    Entry,
    Fact,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.records.timeline import TIMED, timeline


def log(*facts: Fact) -> list[Entry]:
    return [
        Entry(call_id="c", seq=seq, at=float(seq), fact=fact) for seq, fact in enumerate(facts, 1)
    ]


def heard(turn: int, text: str) -> UtteranceHeard:
    return UtteranceHeard(turn=turn, text=text, confidence=0.9, started_at=0.0, audio_at=1.0)


def measured(turn: int, endpoint_ms: float, undone: int = 0) -> TurnMeasured:
    return TurnMeasured(
        turn=turn,
        endpoint_ms=endpoint_ms,
        transcript_ms=10.0,
        decision_ms=5.0,
        first_audio_ms=20.0,
        network_ms=40.0,
        total_ms=endpoint_ms + 75.0,
        ended="silence",
        because="it was finished",
        undone=undone,
    )


def test_turns_with_and_without_a_reply() -> None:
    first, second = timeline(log(heard(1, "yes"), measured(1, 200.0), heard(2, "bye")))
    assert (first.turn, first.at, first.text, first.total_ms) == (1, 1.0, "yes", 275.0)
    assert (first.ended, first.because) == ("silence", "it was finished")
    assert sum(first.waits_ms.values()) == first.total_ms
    assert list(first.waits_ms)[0] == "endpoint" and first.waits_ms["network"] == 40.0
    assert (second.text, second.total_ms, second.waits_ms) == ("bye", None, {})


def test_of_a_turn_that_was_taken_up_again_the_last_end_counts() -> None:
    resumed = TurnResumed(turn=1, audio_at=1.0)
    entries = log(heard(1, "4 5"), measured(1, 90.0), resumed, heard(1, "4 5 2 7"))
    (turn,) = timeline(entries)
    assert (turn.text, turn.total_ms) == ("4 5 2 7", None)
    (turn,) = timeline([*entries, *log(measured(1, 300.0, undone=1))])
    assert (turn.total_ms, turn.undone) == (375.0, 1)


def test_other_facts_can_be_left_out() -> None:
    entries = log(DigitPressed(digit="1"), heard(1, "yes"), measured(1, 200.0))
    assert timeline(entries) == timeline(e for e in entries if isinstance(e.fact, TIMED))
