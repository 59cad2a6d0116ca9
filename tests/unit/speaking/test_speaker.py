"""The mouth in virtual time: what the caller hears, when, and what is said of it.

The voice is a tone of 50 ms a character, so that "1234567890" lasts half a second.
"""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from fakes import ScriptedLine, ToneSynthesizer, silence
from virtual_time import run
from warmline.audio.frame import RATE, Pcm
from warmline.errors import InferenceError
from warmline.events import Say, SpeakingFinished, SpeakingStarted, StageFailed
from warmline.ports import MarkPlayed
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import SENTENCE_PAUSE_S
from warmline.speaking.speaker import MAX_WAITING, Speaker, Spoken

NEAR = 0.03
"""Seconds: a frame of 20 ms, and a look at the playout each 5 ms."""


class FailingSynthesizer(ToneSynthesizer):
    """Cannot say the clauses with a 9."""

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        if "9" in text:
            raise InferenceError("voice: given up")
        return await super().synthesize(text, voice=voice, pace=pace)


class Mouth:
    """A speaker on a line, and its facts with their times."""

    def __init__(self, synthesizer: ToneSynthesizer) -> None:
        self.now = asyncio.get_running_loop().time
        self.line = ScriptedLine([silence(60)])
        self.facts: list[tuple[float, Spoken]] = []
        self.clips = ClauseCache(synthesizer)
        self.speaker = Speaker(
            self.line,
            self.clips,
            lambda fact: self.facts.append((self.now(), fact)),
            voice="",
            pace=1.0,
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self.line:
            if isinstance(event, MarkPlayed):
                self.speaker.mark_played(event.name)

    async def close(self) -> None:
        await self.speaker.close()
        await self.speaker.close()
        self._reader.cancel()
        await self.line.close()

    def say(self, *texts: str) -> None:
        """Things to say, named by their texts' first letters."""
        for text in texts:
            self.speaker.say(Say(say_id=text[0], node="node", text=text))

    @property
    def story(self) -> list[str]:
        """Who started (+), finished (-), was interrupted (!), failed (x)."""
        return [_told(fact) for _, fact in self.facts]

    def at(self, told: str) -> float:
        return next(at for at, fact in self.facts if _told(fact) == told)

    def finished(self, say_id: str) -> SpeakingFinished:
        return next(
            fact
            for _, fact in self.facts
            if isinstance(fact, SpeakingFinished) and fact.say_id == say_id
        )


def _told(fact: Spoken) -> str:
    match fact:
        case SpeakingStarted(say_id=say_id):
            return f"+{say_id}"
        case SpeakingFinished(say_id=say_id, interrupted=interrupted):
            return f"{'!' if interrupted else '-'}{say_id}"
        case StageFailed():
            return "x"


def speak(
    script: Callable[[Mouth], Awaitable[None]], synthesizer: ToneSynthesizer | None = None
) -> Mouth:
    """Run the script; no task may be left over."""

    async def main() -> Mouth:
        mouth = Mouth(synthesizer or ToneSynthesizer())
        await script(mouth)
        await mouth.close()
        return mouth

    return run(main())


def test_things_are_said_one_after_the_other() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a234567890", "b234567890. 1234567890", "c234567890")
        await mouth.speaker.drain()

    mouth = speak(script, ToneSynthesizer(takes_s=0.1))
    assert mouth.story == ["+a", "-a", "+b", "-b", "+c", "-c"]
    start, _ = mouth.facts[0]
    assert start == pytest.approx(0.1, abs=NEAR)
    assert mouth.at("-a") == pytest.approx(start + 0.5, abs=NEAR)
    # The next is synthesized behind the one before; the second clause while the first plays.
    assert mouth.at("+b") == pytest.approx(mouth.at("-a") + 0.1, abs=NEAR)
    spoken_s = 1.05 + SENTENCE_PAUSE_S
    assert mouth.at("-b") == pytest.approx(mouth.at("+b") + spoken_s, abs=NEAR)
    assert mouth.finished("b") == SpeakingFinished(
        say_id="b", text="b234567890. 1234567890", played_s=spoken_s, interrupted=False
    )
    began = mouth.facts[0][1]
    assert isinstance(began, SpeakingStarted)
    assert (began.say_id, began.node, began.text) == ("a", "node", "a234567890")


def test_how_long_the_first_sample_was_on_the_line_is_told() -> None:
    """Synthesis is no part of it; what is played before it is."""

    async def script(mouth: Mouth) -> None:
        await mouth.line.play(np.ones(RATE // 2, dtype=np.int16))
        mouth.say("a234567890")
        await mouth.speaker.drain()

    mouth = speak(script, ToneSynthesizer(takes_s=0.2))
    began = mouth.facts[0][1]
    assert isinstance(began, SpeakingStarted)
    assert began.ready_s == pytest.approx(0.3, abs=NEAR)
    assert began.behind_s == pytest.approx(0.3, abs=NEAR)


@pytest.mark.parametrize(
    ("after_s", "heard"),
    [(0.05, ""), (0.45, ""), (0.55, "a23456789"), (1.05, "a23456789 b23456789"), (1.45, None)],
)
def test_a_stop_cuts_the_text_at_the_word_that_was_played(
    after_s: float, heard: str | None
) -> None:
    text = "a23456789 b23456789 c23456789"  # 29 characters: 1.45 s

    async def script(mouth: Mouth) -> None:
        mouth.say(text)
        await asyncio.sleep(after_s)
        mouth.speaker.stop({"a"})

    mouth = speak(script)
    assert mouth.story == ["+a", "!a"]
    assert mouth.finished("a").text == (text.rsplit(" ", 1)[0] if heard is None else heard)
    assert mouth.finished("a").played_s == pytest.approx(after_s, abs=NEAR)
    assert mouth.line.cleared == 1


def test_the_words_of_clauses_that_were_played_are_whole() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a b c. 1234567 1234567.")  # 6 and 16 characters
        await asyncio.sleep(0.3 + SENTENCE_PAUSE_S + 0.45)
        mouth.speaker.stop({"a"})

    assert speak(script).finished("a").text == "a b c. 1234567"


def test_a_stop_drops_what_waits_and_lets_the_rest_go_on() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a234567890", "b234567890", "c234567890", "d234567890")
        await asyncio.sleep(0.2)
        mouth.speaker.stop({"a", "c"})
        await mouth.speaker.drain()

    mouth = speak(script)
    assert mouth.story == ["+a", "!a", "+b", "-b", "+d", "-d"]
    assert mouth.at("+b") == pytest.approx(0.2, abs=NEAR)
    assert mouth.finished("b").played_s == 0.5


def test_a_stop_leaves_what_is_not_meant_untouched() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a234567890", "b234567890")
        await asyncio.sleep(0.2)
        mouth.speaker.stop({"b", "z"})
        await mouth.speaker.drain()

    mouth = speak(script)
    assert mouth.story == ["+a", "-a"]
    assert mouth.line.cleared == 0
    assert mouth.at("-a") == pytest.approx(0.5, abs=NEAR)


def test_what_is_stopped_before_its_first_sound_was_never_begun() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a234567890")
        mouth.speaker.stop({"a"})
        mouth.say("b234567890")
        await asyncio.sleep(0.05)  # b is being synthesized
        mouth.speaker.stop({"b"})
        mouth.say("c234567890")
        await mouth.speaker.drain()

    mouth = speak(script, ToneSynthesizer(takes_s=0.1))
    assert mouth.story == ["!b", "+c", "-c"]
    assert mouth.finished("b") == SpeakingFinished(
        say_id="b", text="", played_s=0.0, interrupted=True
    )


def test_what_cannot_be_synthesized_is_told_and_passed_over() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a234567. 9. 123", "b9", "c2345678")
        await mouth.speaker.drain()

    mouth = speak(script, FailingSynthesizer())
    assert mouth.story == ["x", "+a", "-a", "x", "+b", "-b", "+c", "-c"]
    assert mouth.finished("a").text == "a234567. 123"
    assert mouth.finished("b") == SpeakingFinished(
        say_id="b", text="", played_s=0.0, interrupted=False
    )
    failed = next(fact for _, fact in mouth.facts if isinstance(fact, StageFailed))
    assert (failed.stage, failed.code) == ("speaking", "synthesis")


def test_an_empty_text_begins_and_ends() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.speaker.say(Say(say_id="a", node="node", text=""))
        await mouth.speaker.drain()

    assert speak(script).story == ["+a", "-a"]


def test_drain_waits_until_the_last_sample_was_played() -> None:
    async def script(mouth: Mouth) -> None:
        await mouth.speaker.drain()
        assert mouth.now() == 0
        mouth.say("a234567890", "b234567890")
        await mouth.speaker.drain()
        assert mouth.now() == pytest.approx(1.0, abs=2 * NEAR)

    speak(script)


def test_drain_ends_when_all_was_stopped() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a234567890", "b234567890")
        draining = asyncio.create_task(mouth.speaker.drain())
        await asyncio.sleep(0.2)
        mouth.speaker.stop({"a", "b"})
        await draining
        assert mouth.now() == pytest.approx(0.2, abs=NEAR)

    speak(script)


def test_closing_tells_how_far_it_came() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a2345 b2345 c2345", "b234567890")
        await asyncio.sleep(0.6)

    mouth = speak(script)
    assert mouth.story == ["+a", "!a"]
    assert mouth.finished("a").text == "a2345 b2345"


def test_marks_of_others_mean_nothing() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.speaker.mark_played("a.end")
        mouth.say("a234567890")
        await asyncio.sleep(0.2)
        mouth.speaker.mark_played("b.end")
        await mouth.speaker.drain()

    assert speak(script).at("-a") == pytest.approx(0.5, abs=NEAR)


def test_a_flow_that_never_listens_is_broken() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say(*["a"] * MAX_WAITING)
        with pytest.raises(RuntimeError, match="without listening"):
            mouth.say("b")

    speak(script)


def test_positions_are_those_of_the_line() -> None:
    """Samples before this sentence, and a clear in it, do not shift what was heard."""

    async def script(mouth: Mouth) -> None:
        mouth.say("a234567890")
        await asyncio.sleep(0.25)
        mouth.speaker.stop({"a"})
        mouth.say("b2345 b2345 b2345")
        await asyncio.sleep(0.65)
        assert mouth.line.played == pytest.approx(0.9 * RATE, abs=NEAR * RATE)

    assert speak(script).finished("b").text == "b2345 b2345"


def test_what_the_caller_hears_now_and_how_loud() -> None:
    async def script(mouth: Mouth) -> None:
        assert mouth.speaker.at_the_ear()[0].size == 0
        mouth.say("a234567890")
        await asyncio.sleep(0.1)
        ours, gain_db = mouth.speaker.at_the_ear()
        assert (ours.size, set(ours), gain_db) == (RATE // 50, {1000}, 0.0)
        assert mouth.speaker.at_the_ear(0.05)[0].size == RATE // 50
        assert mouth.speaker.at_the_ear(0.2)[0].size == 0  # that was before
        mouth.speaker.duck(-18.0)
        assert mouth.line.ducked[-1][1] == -18.0
        assert mouth.speaker.at_the_ear()[1] == 0.0  # what was sent is played as it is
        await asyncio.sleep(0.06 + NEAR)
        assert mouth.speaker.at_the_ear()[1] == -18.0
        mouth.speaker.duck(0.0)
        await asyncio.sleep(0.06 + NEAR)
        assert mouth.speaker.at_the_ear()[1] == 0.0
        await mouth.speaker.drain()
        assert mouth.speaker.at_the_ear()[0].size == 0

    assert speak(script).finished("a").played_s == 0.5


def test_what_follows_a_stop_has_its_gain_at_once() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a234567890")
        await asyncio.sleep(0.1)
        mouth.speaker.duck(-18.0)
        await asyncio.sleep(0.1)
        mouth.speaker.stop({"a"})
        mouth.speaker.duck(0.0)
        mouth.say("b234567890")
        await asyncio.sleep(NEAR)
        ours, gain_db = mouth.speaker.at_the_ear()
        assert ours.size and gain_db == 0.0

    speak(script)


def test_a_sentence_begins_with_the_words_that_are_at_hand() -> None:
    """ "I have" is heard at once, and its text shows no seam."""

    async def script(mouth: Mouth) -> None:
        await mouth.clips.render_lead_in("a have", "", 1.0)
        began = mouth.now()
        mouth.say("a have 4 5 2 7. Right?")
        await mouth.speaker.drain()
        assert mouth.at("+a") == pytest.approx(began, abs=NEAR)

    synthesizer = ToneSynthesizer(takes_s=0.3)
    mouth = speak(script, synthesizer)
    assert synthesizer.asked == ["a have,", "4 5 2 7.", "Right?"]
    assert mouth.finished("a").text == "a have 4 5 2 7. Right?"
    voice_s = (len("a have,") + len("4 5 2 7.") + len("Right?")) * 0.05
    assert mouth.finished("a").played_s == pytest.approx(voice_s + SENTENCE_PAUSE_S, abs=0.001)


def test_a_pause_between_sentences_is_there_before_the_next_is_made() -> None:
    async def script(mouth: Mouth) -> None:
        mouth.say("a2345. b2345.")
        await asyncio.sleep(0.1 + 0.3 + 0.05)
        assert mouth.line.queued == pytest.approx((0.3 + SENTENCE_PAUSE_S) * RATE, abs=1)
        await mouth.speaker.drain()

    speak(script, SlowSecond(takes_s=0.1))


class SlowSecond(ToneSynthesizer):
    """Takes a second longer for what begins with b."""

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        await asyncio.sleep(text.startswith("b"))
        return await super().synthesize(text, voice=voice, pace=pace)
