"""What can be typed at the console."""

import pytest

from warmline.trial.commands import HELP, Help, Quit, Scripted, Typed, reply, typed
from warmline.trial.conversation import (
    HandsBack,
    Interrupts,
    KeepsSilent,
    MakesNoise,
    Reply,
    Sounds,
    Speaks,
    Types,
)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("  where is my order ", Speaks(text="where is my order")),
        ("/keys 45 27#", Types(dtmf="4527#")),
        ("/over yes", Interrupts(interrupts=Speaks(text="yes"))),
        ("/silence", KeepsSilent(silence=True)),
        ("/silence 12", KeepsSilent(silence=12.0)),
        ("/noise", MakesNoise(noise=True)),
        ("/noise failed", MakesNoise(noise="failed")),
        ("/mood -0.8", Sounds(mood=-0.8)),
        ("/back anna", HandsBack(hands_back="anna")),
        ("/help", Help()),
        ("/quit", Quit()),
        (
            '/endpoint orders ok status="on its way" eta=2026-11-24',
            Scripted(
                endpoint="orders", reply=Reply(ok={"status": "on its way", "eta": "2026-11-24"})
            ),
        ),
        ("/endpoint orders not_found", Scripted(endpoint="orders", reply=Reply(not_found=True))),
    ],
)
def test_a_line_is_an_act(line: str, meaning: Typed) -> None:
    assert typed(line) == meaning


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/dance", "unknown command /dance; /help lists them"),
        ("/keys", "expected /keys 123#"),
        ("/keys 12x", "expected /keys 123#"),
        ("/silence never", "expected /silence [SECONDS]"),
        ("/mood angry", "expected /mood -0.8"),
        ("/mood 3", "expected /mood -0.8"),
        ("/noise loud", "expected /noise [failed]"),
        ("/over", "expected /over TEXT"),
        ("/endpoint", "expected /endpoint NAME REPLY"),
        ("/endpoint orders maybe", "expected /endpoint NAME REPLY"),
        ('/endpoint orders ok a="b', "expected /endpoint NAME REPLY"),
    ],
)
def test_what_is_no_act_is_told(line: str, problem: str) -> None:
    with pytest.raises(ValueError) as refused:
        typed(line)
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "outcome", "code"),
    [("ok", "ok", ""), ("not_found", "not_found", ""), ("error", "error", "error"),
     ("error timeout", "error", "timeout")],
)  # fmt: skip
def test_replies(text: str, outcome: str, code: str) -> None:
    found = reply(text)
    assert (found.outcome, found.error or "") == (outcome, code)


def test_what_is_no_reply_is_told() -> None:
    with pytest.raises(ValueError, match="expected ok SLOT=VALUE …, not_found, or error CODE"):
        reply("maybe")


def test_all_that_help_tells_is_known() -> None:
    for usage in HELP:
        name = usage.split()[0]
        try:
            typed(name)
        except ValueError as error:
            assert "unknown" not in str(error)
