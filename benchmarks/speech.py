"""Speech for a machine that has no corpus: recorded telephone prompts, or a synthetic voice.

Owns what is spoken and its labels, and makes corpus folders of it in the user's cache. Knows
Debian's prompts and Piper; no server, no recogniser and nothing of what is measured.
"""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from platformdirs import user_cache_path

import corpus
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.errors import WarmlineError
from warmline.modelstore import ModelStore
from warmline.speaking.piper import Voice

VOICE: Final = "en_US-joe-medium"
PROMPTS: Final = Path("/usr/share/asterisk/sounds")
"""Where Debian's asterisk-core-sounds-en-wav puts one folder per voice."""
SPOKEN: Final = {
    "conf-extended": "The conference has been extended.",
    "conf-noempty": "No empty conferences currently exist.",
    "conf-onlyone": "There is currently one other participant in the conference.",
    "conf-placeintoconf": "You will now be placed into the conference.",
    "conf-waitforleader": "The conference will begin when the leader arrives.",
    "demo-nomatch": "I'm sorry there are no matches for those keywords",
    "dir-nomatch": "No directory entries match your search.",
    "dir-nomore": "There are no more compatible entries in the directory.",
    "invalid": "I am sorry, that's not a valid extension. Please try again.",
    "pbx-invalidpark": "I am sorry, there is no call parked on that extension. Please try again.",
    "privacy-incorrect": "I'm sorry, that number is not valid.",
    "privacy-prompt": "Please enter your phone number, starting with the area code.",
    "privacy-unident": "The party you are trying to reach does not accept unidentified calls.",
    "priv-callpending": "I have a caller waiting, who introduces themselves as:",
    "transfer": "Please hold while I try that extension.",
    "tt-monkeysintro": "They have been carried away by monkeys",
    "tt-somethingwrong": "Something is terribly wrong",
    "tt-weasels": "Weasels have eaten our phone system",
    "vm-calldiffnum": "press 2 to enter a different number",
    "vm-dialout": "please wait while i connect your call",
    "vm-forward": "Press 1 to enter an extension, press 2 to use the directory",
    "vm-mismatch": "The passwords you entered and re-entered did not match. Please try again.",
    "vm-nobodyavail": "Nobody is available to take your call at the moment",
    "vm-nonumber": "i'm afraid i don't know who sent this message",
}
"""The words of some of these prompts, as their package has them (CC BY-SA 3.0)."""
SENTENCES: Final = (
    "I would like to know when my parcel arrives.",
    "The heating in my flat has been off since Monday evening.",
    "Can you change the delivery to the other address, please?",
    "My card was declined at the station this morning.",
    "I want to cancel the appointment on Thursday.",
    "There is a mistake in the last bill.",
    "The door to the cellar does not close any more, and it gets cold at night.",
    "Could you send me the instructions once more?",
    "I moved house, and nobody forwards my letters.",
    "The lamp came with a broken foot.",
    "How long is the shop open on Saturday?",
    "I have been waiting for an answer for two weeks.",
)
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBERS: Final = 24
_GAPS_S: Final = (0.06, 0.25)
"""Silence between two digits, shorter than what ends an unfinished number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    name: str
    samples: Pcm
    """16 kHz."""
    transcript: str
    digits: str = ""


def folders(given: Sequence[Path]) -> tuple[list[Path], str]:
    """The corpora to measure with, and what they are.

    `given` are corpus folders or folders that hold some; without any, recorded telephone
    prompts, and where they are not installed sentences of the server's own synthetic voice.
    Raises CorpusError when a given folder holds no corpus.
    """
    if given:
        found = [corpus_ for folder in given for corpus_ in _corpora(folder)]
        return found, ", ".join(folder.name for folder in found)
    voices = sorted(PROMPTS.glob("*/digits/1.wav"))
    root = user_cache_path("warmline") / "benchmarks"
    if voices:
        recorded = voices[0].parents[1]
        return [
            _written(root / "prompts", _prompts(recorded)),
            _written(root / "prompt_digits", _numbers(recorded)),
        ], "recorded telephone prompts (Debian, asterisk-core-sounds-en-wav): one voice"
    return [
        _written(root / "made_sentences", _sentences()),
        _written(root / "made_digits", _read_out()),
    ], f"synthetic speech ({VOICE}): word errors and pauses are easier than callers' are"


def noises(given: Sequence[Path]) -> list[Path]:
    """Sound files in folders `noise` in or beside the given ones: nobody speaks there."""
    beside = {path for folder in given for path in (folder / "noise", folder.parent / "noise")}
    return sorted({file.resolve() for path in beside for file in path.glob("*.flac")})


def _corpora(folder: Path) -> list[Path]:
    inside = [folder, *sorted(path for path in folder.glob("*/") if path.is_dir())]
    found = [path for path in inside if (path / corpus.INDEX).exists()]
    if not found:
        raise corpus.CorpusError(f"{folder}: neither it nor its folders hold {corpus.INDEX}")
    return found


def _written(folder: Path, said: Iterator[_Said]) -> Path:
    """A corpus folder that is made once: its index is written last."""
    if (folder / corpus.INDEX).exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for one in said:
        file = f"{one.name}.wav"
        files.write_wav(folder / file, one.samples, RATE)
        seconds = f"{one.samples.size / RATE:.3f}"
        rows.append((file, seconds, one.digits, one.transcript))
    with (folder / corpus.INDEX).open("w", newline="", encoding="utf-8") as index:
        writer = csv.writer(index, delimiter="\t")
        writer.writerow(("file", "seconds", "digits", "transcript"))
        writer.writerows(rows)
    return folder


def _prompts(recorded: Path) -> Iterator[_Said]:
    for name, words in SPOKEN.items():
        path = recorded / f"{name}.wav"
        if path.exists():
            yield _Said(name=name, samples=files.read(path, RATE), transcript=words)


def _drawn() -> Iterator[str]:
    dice = random.Random(4527)
    for _ in range(_NUMBERS):
        yield "".join(dice.choice("0123456789") for _ in range(4))


def _numbers(recorded: Path) -> Iterator[_Said]:
    """Four recorded digits each, with gaps between them."""
    dice = random.Random(1)
    known = {str(n): _without_air(files.read(recorded / "digits" / f"{n}.wav", RATE))
             for n in range(10)}  # fmt: skip
    for number in _drawn():
        parts = [np.zeros(RATE // 10, dtype=np.int16)]
        for digit in number:
            gap = np.zeros(int(dice.uniform(*_GAPS_S) * RATE), dtype=np.int16)
            parts += [known[digit], gap]
        yield _number(number, np.concatenate(parts))


def _without_air(samples: Pcm) -> Pcm:
    """From where it is loud to where it is so last, within 30 dB of the loudest."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > np.abs(samples).max() * 10**-1.5)
    return samples[loud[0] : loud[-1] + 1]


def _sentences() -> Iterator[_Said]:
    voice = _voice()
    for number, text in enumerate(SENTENCES):
        samples = resample(voice.speak(text, 1.0), voice.rate, RATE)
        yield _Said(name=f"{number:02}", samples=samples, transcript=text)


def _read_out() -> Iterator[_Said]:
    voice = _voice()
    for number in _drawn():
        words = " ".join(_DIGITS[int(digit)] for digit in number)
        yield _number(number, resample(voice.speak(f"{words}.", 1.0), voice.rate, RATE))


def _number(digits: str, samples: Pcm) -> _Said:
    words = " ".join(_DIGITS[int(digit)] for digit in digits)
    return _Said(name=digits, samples=samples, transcript=words, digits=digits)


def _voice() -> Voice:
    try:
        return Voice(ModelStore().path(VOICE), VOICE, steady=True)
    except WarmlineError as error:
        raise WarmlineError(
            f"there is no speech to call with: {error}; or install Debian's "
            "asterisk-core-sounds-en-wav, or name corpus folders"
        ) from None
