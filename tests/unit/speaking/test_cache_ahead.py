"""What is rendered before anybody asks: on disk for the next start, in order, never in the way."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from virtual_time import run
from warmline.audio.frame import Pcm
from warmline.errors import InferenceError
from warmline.speaking.ahead import Rank
from warmline.speaking.cache import ClauseCache, Opening
from warmline.speaking.clip_files import ClipFiles

RATE = 22_050
LONG = "Your order has left our house and it should arrive at your door on Tuesday."


class OneVoice:
    """A worker: one clause at a time, urgent ones first, `takes_s` seconds for each."""

    def __init__(self, takes_s: float = 1.0, *, fails: bool = False) -> None:
        self._takes_s = takes_s
        self.begun: list[str] = []
        self.fails = fails
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._busy = False

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        if self._busy:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((ahead, len(self.begun) + len(self._waiting), turn))
            await turn
        self._busy = True
        self.begun.append(text)
        try:
            await asyncio.sleep(self._takes_s)
        finally:
            self._busy = False
            self._waiting = sorted(
                (w for w in self._waiting if not w[2].done()), key=lambda w: w[:2]
            )
            if self._waiting:
                self._busy = True
                self._waiting.pop(0)[2].set_result(None)
        if self.fails:
            raise InferenceError("voice: given up")
        return np.full(4_410, 1_000, dtype=np.int16), RATE


async def say(clips: ClauseCache, text: str) -> float:
    """When it is there."""
    await clips.clip(text, voice="", pace=1.0, rate=8_000)
    return asyncio.get_running_loop().time()


async def foresee(clips: ClauseCache, text: str, rank: Rank = Rank.EXPECTED) -> None:
    await clips.foresee(text, voice="", pace=1.0, rate=8_000, rank=rank)


def opening(clips: ClauseCache, text: str) -> Opening:
    return clips.opening(text, voice="", pace=1.0, rate=8_000)


# --- on disk -------------------------------------------------------------------------------------


def on_disk(folder: Path) -> ClipFiles:
    return ClipFiles(folder, {"": "joe"}, 1_000_000)


def damage(folder: Path) -> None:
    (path,) = folder.iterdir()
    path.write_bytes(b"damaged")


async def test_a_second_start_synthesizes_no_prompt(tmp_path: Path) -> None:
    for synthesized in (2, 0):
        voice = OneVoice(0)
        clips = ClauseCache(voice, files=on_disk(tmp_path))
        await clips.render("Hello.", "", 1.0, own=True)
        await clips.render_lead_in("I have", "", 1.0)
        await clips.close()
        assert len(voice.begun) == synthesized
        assert opening(clips, "I have 4 5 2 7.").text == "I have"


async def test_what_callers_say_is_not_written(tmp_path: Path) -> None:
    clips = ClauseCache(OneVoice(0), files=on_disk(tmp_path))
    await say(clips, "I have 4 5 2 7.")
    await foresee(clips, "Thank you, Jon.")
    await clips.render("Order 4 5 2 7.", "", 1.0)
    await clips.close()
    assert on_disk(tmp_path).size == 0


async def test_a_flows_text_is_written_whoever_asked_first(tmp_path: Path) -> None:
    clips = ClauseCache(OneVoice(0), files=on_disk(tmp_path))
    asking = asyncio.create_task(say(clips, "Hello."))
    await asyncio.sleep(0)
    await clips.render("Hello.", "", 1.0, own=True)
    await asking
    await clips.close()
    assert ("Hello.", "", 1.0) in on_disk(tmp_path)


async def test_a_damaged_file_is_made_anew_for_the_caller(tmp_path: Path) -> None:
    files = on_disk(tmp_path)
    files.save(("Hello.", "", 1.0), np.zeros(10, dtype=np.int16), RATE)
    damage(tmp_path)
    voice = OneVoice(0)
    clips = ClauseCache(voice, files=on_disk(tmp_path))
    await clips.render("Hello.", "", 1.0, own=True)
    await clips.close()
    assert voice.begun == ["Hello."]
    found = on_disk(tmp_path).load(("Hello.", "", 1.0))
    assert found is not None and found[0].size == 4_410


async def test_what_memory_has_no_room_for_stays_on_disk(tmp_path: Path) -> None:
    files = on_disk(tmp_path)
    for text in "abc":
        files.save((text, "", 1.0), np.ones(4_410, dtype=np.int16), RATE)
    voice = OneVoice(0)
    clips = ClauseCache(voice, max_bytes=11_000, files=files)
    for text in "abc":
        await clips.render(text, "", 1.0, own=True)
    assert clips.size == 8_820  # the first one's
    await say(clips, "c")
    assert not voice.begun


# --- in order ------------------------------------------------------------------------------------


def test_an_urgent_clause_waits_for_one_that_is_made_ahead_at_most() -> None:
    async def main() -> None:
        voice = OneVoice()
        clips = ClauseCache(voice)
        ahead = [asyncio.create_task(foresee(clips, text)) for text in ("a", "b", "c", "d")]
        await asyncio.sleep(0.5)
        assert await say(clips, "urgent") == 2.0
        await asyncio.gather(*ahead)
        assert voice.begun == ["a", "urgent", "b", "c", "d"]

    run(main())


def test_what_waits_ahead_is_urgent_once_it_is_due() -> None:
    async def main() -> None:
        voice = OneVoice()
        clips = ClauseCache(voice)
        urgent = [asyncio.create_task(say(clips, text)) for text in ("u", "v", "w")]
        await asyncio.sleep(0)
        ahead = asyncio.create_task(foresee(clips, "a"))
        await asyncio.sleep(0.5)
        due = asyncio.create_task(say(clips, "a"))
        await asyncio.sleep(0.1)
        later = asyncio.create_task(say(clips, "x"))
        await asyncio.gather(*urgent, ahead, due, later)
        assert voice.begun == ["u", "v", "w", "a", "x"]
        assert due.result() == 4.0

    run(main())


def test_what_is_being_made_ahead_is_made_once() -> None:
    async def main() -> None:
        voice = OneVoice()
        clips = ClauseCache(voice)
        ahead = asyncio.create_task(foresee(clips, "a"))
        await asyncio.sleep(0.5)
        assert await say(clips, "a") == 1.0
        await ahead
        assert voice.begun == ["a"]

    run(main())


def test_what_was_given_up_before_its_turn_is_never_made() -> None:
    async def main() -> None:
        voice = OneVoice()
        clips = ClauseCache(voice)
        first, second = (asyncio.create_task(foresee(clips, text)) for text in ("a", "b"))
        await asyncio.sleep(0.5)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        await foresee(clips, "c", Rank.DRAFTED)
        assert voice.begun == ["a", "c"]
        assert await say(clips, "a") == 2.0  # what was begun is kept

    run(main())


def test_a_failure_ahead_is_quiet_and_lets_the_next_in(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        voice = OneVoice(fails=True)
        clips = ClauseCache(voice)
        ahead = asyncio.create_task(foresee(clips, "a"))
        await asyncio.sleep(0.5)
        ahead.cancel()
        await asyncio.sleep(1)
        voice.fails = False
        await foresee(clips, "b")
        assert await say(clips, "a") == 3.5

    run(main())
    assert not caplog.records


# --- how a clause begins -------------------------------------------------------------------------


async def test_a_clause_at_hand_is_said_whole() -> None:
    clips = ClauseCache(OneVoice(0))
    await foresee(clips, LONG)
    assert opening(clips, LONG) == Opening(text=LONG, voiced=LONG)


async def test_a_long_clause_begins_with_what_is_quickly_made() -> None:
    clips = ClauseCache(OneVoice(0))
    begin = "Your order has left our house"
    rest = "and it should arrive at your door on Tuesday."
    assert opening(clips, LONG) == Opening(text=begin, voiced=f"{begin},", rest=rest)
    assert opening(ClauseCache(OneVoice(0), first_clause=False), LONG).rest == ""


async def test_a_clause_begins_with_the_longest_words_at_hand() -> None:
    clips = ClauseCache(OneVoice(0))
    for lead_in in ("I have", "I have your", "I heard:"):
        await clips.render_lead_in(lead_in, "", 1.0)
    have = Opening(text="I have", voiced="I have,", rest="4 5 2 7.")
    assert opening(clips, "I have 4 5 2 7.") == have
    assert opening(clips, "I have your parcel.").text == "I have your"
    assert opening(clips, "I heard: Oak.") == Opening(
        text="I heard:", voiced="I heard:", rest="Oak."
    )
    assert opening(clips, "I have").rest == ""  # nothing would follow
    assert opening(clips, "I have, well, nothing.").rest == ""
    assert clips.opening("I have 4.", voice="", pace=0.85, rate=8_000).rest == ""


def test_a_clause_that_is_being_made_is_not_cut() -> None:
    async def main() -> None:
        clips = ClauseCache(OneVoice())
        ahead = asyncio.create_task(foresee(clips, LONG))
        await asyncio.sleep(0.5)
        assert opening(clips, LONG).rest == ""
        await ahead

    run(main())
