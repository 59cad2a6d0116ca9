"""Real ears among hold music, machines that talk and crowds; and callers in bad places."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from warmline.audio import files, g711
from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.audio.resample import StreamResampler, resample
from warmline.events import ANYTHING, AnswerKind, Expectation, NothingHeard, UtteranceHeard
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.hearing.whisper import Whisper
from warmline.spoken import words
from warmline.trial.ears import InProcess

PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
MUSIC = Path("/usr/share/asterisk/moh")
YES_NO = Expectation(kind=AnswerKind.YES_NO)
Wave = npt.NDArray[np.float64]


def listen(whisper: Whisper, *pieces: Pcm | Wave, expect: Expectation = ANYTHING) -> list[Heard]:
    """What the ears of a call make of these pieces, by telephone."""

    async def main() -> list[Heard]:
        heard: list[Heard] = []
        listener = Listener(SileroDetector(SileroModel()), InProcess(whisper), heard.append)
        listener.expect(expect)
        for position in range(0, pcm.size - FRAME, FRAME):
            listener.push(Frame(pcm[position : position + FRAME], position))
            for _ in range(4):  # let a decode that was begun come to its end
                await asyncio.sleep(0)
        await listener.finish()
        return heard

    whole = np.clip(np.concatenate(pieces), -32_768, 32_767).astype(np.int16)
    narrow = g711.decode(g711.encode(resample(whole, RATE, 8_000)))
    pcm = StreamResampler(8_000, RATE).push(narrow)
    return asyncio.run(main())


def said(heard: list[Heard]) -> list[str]:
    """The words of each turn, as they were told last."""
    turns = {fact.turn: fact.text for fact in heard if isinstance(fact, UtteranceHeard)}
    return [" ".join(words(text)) for text in turns.values()]


def reasons(heard: list[Heard]) -> list[str]:
    return [fact.reason for fact in heard if isinstance(fact, NothingHeard)]


def quiet(seconds: float) -> Wave:
    return np.random.default_rng(1).normal(0, 3, int(seconds * RATE))


def tone(seconds: float) -> Wave:
    return 8_000 * np.sin(2 * np.pi * 1_000 * np.arange(int(seconds * RATE)) / RATE)


def behind(front: Pcm | Wave, back: Pcm | Wave, db: float) -> Wave:
    """`back` so many dB below what is loud in `front`, which begins after three seconds."""
    voice = front[np.abs(front) > 300].astype(float)
    sound = np.concatenate([np.zeros(3 * RATE), front, np.zeros(2 * RATE)])
    back = np.resize(back, sound.size).astype(float)
    gain = np.sqrt(np.mean(voice**2) / np.mean(back**2)) * 10 ** (-db / 20)
    return np.asarray(sound + gain * back)


@pytest.fixture(scope="module")
def prompt() -> Callable[[str], Pcm]:
    def read(name: str) -> Pcm:
        path = PROMPTS / f"{name}.wav"
        if not path.exists():
            pytest.skip(f"{path}: install Debian's asterisk-core-sounds-en-wav")
        return files.read(path, RATE)

    return read


def music(name: str, start_s: float, seconds: float) -> Pcm:
    path = MUSIC / f"{name}.wav"
    if not path.exists():
        pytest.skip(f"{path}: install Debian's asterisk-moh-opsound-wav")
    return files.read(path, RATE)[int(start_s * RATE) :][: int(seconds * RATE)]


@pytest.fixture(scope="module")
def crowd(prompt: Callable[[str], Pcm]) -> Wave:
    """Six voices at once for half a minute."""
    names = ("vm-options", "vm-instructions", "vm-msginstruct", "vm-newuser", "vm-tmpexists")
    one = np.concatenate([prompt(name) for name in names]).astype(float)
    return np.asarray(np.sum([np.resize(np.roll(one, n * 70_000), 30 * RATE) for n in range(6)], 0))


TRACKS = (
    *("macroform-cold_day", "macroform-robot_dity", "macroform-the_simplicity"),
    *("manolo_camp-morning_coffee", "reno_project-system"),
)


@pytest.mark.parametrize("track", TRACKS)
def test_hold_music_says_nothing(base: Whisper, track: str) -> None:
    assert said(listen(base, music(track, 30, 40))) == []


def test_a_voicemail_greeting_is_told_as_such(
    base: Whisper, prompt: Callable[[str], Pcm], say: Callable[[str], Pcm]
) -> None:
    heard = listen(base, quiet(1), prompt("vm-intro"), quiet(0.3), tone(0.5), quiet(2))
    assert (said(heard), reasons(heard)) == ([], ["voicemail"])
    name = say("Hello. You have reached the voicemail of John Miller.")
    rest = say("I can't come to the phone right now. Please leave a message after the tone.")
    heard = listen(base, quiet(1), name, quiet(0.6), rest, quiet(0.3), tone(0.5), quiet(2))
    assert (said(heard), reasons(heard)) == ([], ["voicemail"])


def test_a_queue_with_music_says_nothing(base: Whisper, prompt: Callable[[str], Pcm]) -> None:
    song = music("manolo_camp-morning_coffee", 10, 6)
    heard = listen(
        base,
        *(song, prompt("queue-periodic-announce"), song),
        *(prompt("queue-thankyou"), song, prompt("queue-youarenext"), song),
    )
    assert (said(heard), reasons(heard)) == ([], ["announcement"])


def test_a_menu_that_is_played_again_and_again_stops_counting(
    base: Whisper, prompt: Callable[[str], Pcm]
) -> None:
    menu = np.concatenate([prompt("vm-instructions"), quiet(4.1)])
    heard = listen(base, quiet(1), *[menu] * 5)
    assert len(said(heard)) <= 3
    assert reasons(heard) == ["repetition"]


def test_a_crowd_ends_its_turn_and_says_nothing(base: Whisper, crowd: Wave) -> None:
    heard = listen(base, quiet(1), crowd)
    assert said(heard) == []
    assert reasons(heard) == ["background"]
    ended = [fact.audio_at for fact in heard if isinstance(fact, NothingHeard)]
    assert ended[0] < 11


def test_a_caller_is_heard_over_the_crowd_and_after_it(
    base: Whisper, crowd: Wave, say: Callable[[str], Pcm]
) -> None:
    please = say("My parcel has not arrived.")
    over = np.pad(please, (12 * RATE, 3 * RATE)).astype(float)
    loud = np.sqrt(np.mean(please.astype(float) ** 2))
    below = crowd[: over.size] * loud / np.sqrt(np.mean(crowd**2)) * 10 ** (-15 / 20)
    heard = said(listen(base, over + below, quiet(2), please, quiet(2)))
    assert len(heard) == 2
    assert all("parcel has not arrived" in text for text in heard)


@pytest.mark.parametrize("track", ["macroform-cold_day", "reno_project-system"])
@pytest.mark.parametrize("answer", ["Yes.", "No.", "Yes, please."])
def test_a_short_answer_over_music_counts(
    base: Whisper, say: Callable[[str], Pcm], track: str, answer: str
) -> None:
    clip = behind(say(answer), music(track, 30, 10), 10)
    assert said(listen(base, clip, expect=YES_NO))[-1:] == [" ".join(words(answer))]


@pytest.mark.parametrize("gain", [1.0, 0.1], ids=["near", "20 dB below"])
def test_a_speakerphone_in_an_echoing_room(base: Whisper, beckett: Pcm, gain: float) -> None:
    rng = np.random.default_rng(1)
    size = int(0.6 * RATE)
    echo = rng.normal(0, 1, size) * 10 ** (-3 * np.arange(size) / size)
    echo /= np.sqrt(np.sum(echo**2))
    room = gain * (beckett + np.convolve(beckett, echo)[: beckett.size])
    heard = listen(base, quiet(1), room, quiet(3))
    assert reasons(heard) == []
    assert "fail better" in " ".join(said(heard))
