"""What the ears of a call are tried on: sounds of nobody, and callers in bad places.

Knows sounds, corpora and a synthetic voice; no recogniser and no call.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

import corpus
import sounds
from stt_accuracy import through_phone
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.speaking.piper import Voice

HOLD_MUSIC: Final = Path("/usr/share/asterisk/moh")
"""Debian's asterisk-moh-opsound-wav."""
VOICE: Final = "en_US-joe-medium"
SONG: Final = (
    "In the morning when the rain has gone, I will walk along the river to the sea.",
    "Every window in the city holds a light, and every light is calling me to you.",
    "Oh, remember how the summer used to be, and the dancing on the roof until the dawn.",
    "Take me back again, and hold me through the night.",
)
HELD: Final = (
    "Your call is important to us. Please stay on the line, and an agent will be with you."
)
GREETING: Final = (
    "Hello. You have reached the voicemail of John Miller.",
    "I can't come to the phone right now. Please leave a message after the tone.",
)
MENU: Final = "To look into your messages, press one now. To hear this menu again, press nine."
ANSWERS: Final = ("Yes.", "No.", "Yes, please.", "I would like to speak to a person.")


class Studio:
    """One synthetic voice, at 16 kHz."""

    def __init__(self, folder: Path) -> None:
        self._voice = Voice(folder, VOICE, steady=True)

    def say(self, text: str) -> Pcm:
        return resample(self._voice.speak(text, 1.0), self._voice.rate, RATE)


def air(seconds: float) -> Pcm:
    """A quiet line."""
    return np.random.default_rng(1).normal(0, 3, int(seconds * RATE)).astype(np.int16)


def songs(studio: Studio, seconds: float) -> Iterator[tuple[str, Pcm]]:
    """Sung words over instruments, with three seconds of these alone between the lines."""
    lines = [sounds.sung(studio.say(text), seed, hertz=147) for seed, text in enumerate(SONG)]
    rest = np.zeros(3 * RATE)
    voice = np.concatenate([x for line in lines for x in (rest, line / sounds.rms(line))])
    played = {
        "piano": sounds.melody(seconds, sounds.PIANO, 1),
        "strings": sounds.melody(seconds, sounds.STRINGS, 2),
        "band": sounds.band(seconds, 3),
    }
    for (name, wave), snr in zip(played.items(), (0, 6, 12), strict=True):
        sung = np.resize(voice, int(seconds * RATE))
        yield f"song, {name} {snr} dB below", sounds.at_level(sounds.mix(sung, wave, snr), -22)


def machines(studio: Studio, seconds: float) -> Iterator[tuple[str, Pcm]]:
    """Recordings that talk: a queue with music between, a greeting, a menu again and again."""
    held = sounds.as_wave(studio.say(HELD))
    music = sounds.melody(seconds, sounds.PIANO, 5)
    queue = sounds.as_wave(sounds.at_level(music, -24))
    for at in range(8 * RATE, queue.size - held.size, 20 * RATE):
        queue[at : at + held.size] = held
    yield "announcement every 20 s, music", sounds.at_level(queue, -22)
    greeting = [part for text in GREETING for part in (studio.say(text), air(0.5))]
    beep = sounds.tones(0.4, (1000,), 1, 0)
    yield "voicemail greeting", np.concatenate([air(1), *greeting, beep, air(20)])
    menu = np.concatenate([studio.say(MENU), air(4)])
    yield "menu, again and again", np.resize(menu, int(seconds * RATE))


def nobodies(
    studio: Studio, seconds: float, voices: Sequence[Pcm], recorded: Sequence[Path]
) -> Iterator[tuple[str, Pcm]]:
    for path in [*sorted(HOLD_MUSIC.glob("*.wav")), *recorded]:
        yield path.stem, np.resize(files.read(path, RATE), int(seconds * RATE))
    yield "piano", sounds.at_level(sounds.melody(seconds, sounds.PIANO, 1), -22)
    yield "band", sounds.at_level(sounds.band(seconds, 1), -22)
    yield from songs(studio, seconds)
    yield from machines(studio, seconds)
    yield "ringing", sounds.tones(seconds, (440, 480), 2, 4)
    yield "busy", sounds.tones(seconds, (480, 620), 0.5, 0.5)
    yield "fax", sounds.tones(seconds, (1100,), 0.5, 3)
    yield "beeps", sounds.tones(seconds, (1000,), 0.2, 1.3)
    steps = sounds.comfort_noise(seconds, -50, steps_db=12, gaps=0, seed=1)
    yield "comfort noise in steps", steps
    yield (
        "comfort noise, 15 % lost",
        sounds.comfort_noise(seconds, -45, steps_db=3, gaps=0.15, seed=2),
    )
    yield "traffic", sounds.traffic(seconds, 1)
    for size in (3, 6, 12):
        yield f"{size} voices at once", sounds.crowd(seconds, voices, size, size)


# --- the callers ----------------------------------------------------------------------------------

PLACES: Final[Mapping[str, Callable[[Pcm], Pcm]]] = {
    "16 kHz": lambda samples: samples,
    "telephone": through_phone,
    "-20 dB": lambda samples: through_phone(sounds.quieter(samples, 20)),
    "room 0.6 s": lambda samples: through_phone(sounds.in_a_room(samples, 0.6)),
    "room 0.8 s, -20 dB": lambda samples: through_phone(
        sounds.quieter(sounds.in_a_room(samples, 0.8), 20)
    ),
}


def expected(clip: corpus.Clip) -> Expectation:
    size = len(clip.digits)
    if not size:
        return ANYTHING
    return Expectation(kind=AnswerKind.DIGITS, min_digits=size, max_digits=size)


def over_music(speech: Pcm, music: sounds.Wave, snr_db: float) -> Pcm:
    """A caller who begins three seconds into the music."""
    lead = np.zeros(3 * RATE)
    front = np.concatenate([lead, sounds.as_wave(speech), lead])
    behind = np.resize(music, front.size)
    gain = sounds.rms(sounds.as_wave(speech)) / sounds.rms(behind) * 10 ** (-snr_db / 20)
    return through_phone(sounds.at_level(front + gain * behind, -22))


def over_a_crowd(speech: Pcm, voices: Sequence[Pcm], snr_db: float) -> Pcm:
    """A caller who begins twelve seconds into the babble of six."""
    front = np.concatenate([np.zeros(12 * RATE), sounds.as_wave(speech), np.zeros(3 * RATE)])
    behind = np.resize(sounds.as_wave(sounds.crowd(20, voices, 6, 6)), front.size)
    gain = sounds.rms(sounds.as_wave(speech)) / sounds.rms(behind) * 10 ** (-snr_db / 20)
    return through_phone(sounds.at_level(front + gain * behind, -22))


def music(seconds: float) -> list[sounds.Wave]:
    """Made here, and the recorded hold music that is installed."""
    recorded = [sounds.as_wave(files.read(p, RATE)) for p in sorted(HOLD_MUSIC.glob("*.wav"))]
    return [sounds.melody(seconds, sounds.PIANO, 7), sounds.band(seconds, 7), *recorded]
