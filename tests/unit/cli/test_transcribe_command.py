"""`warmline transcribe`, without models: its errors, and that one bad file does not stop it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warmline.audio.frame import Pcm
from warmline.ports import Transcript

Command = Callable[..., Any]


@pytest.fixture
def whisper(models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Whisper:
        def __init__(self, folder: Path) -> None:
            pass

        def transcribe(self, samples: Pcm) -> Transcript:
            return Transcript(text="[yes] it is.", confidence=0.75)

    monkeypatch.setattr("warmline.hearing.whisper.Whisper", Whisper)


def test_an_unknown_model(refused: Command, clip: Path) -> None:
    assert "whisper-bass" in refused("transcribe", clip, "--model", "whisper-bass").err


def test_a_model_that_is_not_here(refused: Command, clip: Path) -> None:
    err = refused("transcribe", clip, "--model", "whisper-base").err
    assert "run `warmline models pull whisper-base`" in err


@pytest.mark.usefixtures("whisper")
def test_a_missing_file(refused: Command, tmp_path: Path) -> None:
    assert "none.wav: there is no such file" in refused("transcribe", tmp_path / "none.wav").err


@pytest.mark.usefixtures("whisper")
def test_a_file_without_sound(refused: Command, letter: Path) -> None:
    assert "expected a sound file" in refused("transcribe", letter).err


@pytest.mark.usefixtures("whisper")
def test_one_bad_file_does_not_stop_the_others(warmline: Command, clip: Path, letter: Path) -> None:
    done = warmline("transcribe", letter, clip)
    assert done.code == 1
    assert done.out == f"{clip}: [yes] it is.\n"
    assert done.err.count("\n") == 1


@pytest.mark.usefixtures("whisper")
def test_json_is_one_object_a_line(warmline: Command, clip: Path) -> None:
    done = warmline("transcribe", clip, clip, "--json")
    assert done.code == 0
    first, second = map(json.loads, done.out.splitlines())
    assert (first["file"], first["text"], first["confidence"], first["seconds"]) == (
        *(str(clip), "[yes] it is.", 0.75),
        1.0,
    )
    assert first.keys() == second.keys()


def test_no_file_is_a_mistake_of_use(warmline: Command) -> None:
    assert warmline("transcribe").code == 2
