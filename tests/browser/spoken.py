"""Calls by voice in a browser: `warmline serve` with its models, and a caller's mouth and ears."""

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page

from access import get
from browser.booth import eventually
from warmline.audio.frame import Pcm
from warmline.errors import ModelError
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore

RATE = 48_000
VOICES = Path(__file__).with_name("voices.js")
Say = Callable[[str], str]
"""Any text as a WAV file in base64."""


def model(name: str) -> Path:
    try:
        return ModelStore().path(name)
    except ModelError as error:
        pytest.skip(str(error))


@dataclass(frozen=True)
class Server:
    url: str
    first_link: str
    """The page that makes the first account."""
    log: Path


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Server]:
    """`warmline serve` on a free port, as its user would start it."""
    for name in ("whisper-base", "whisper-tiny.en", "en_US-joe-medium"):
        model(name)
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "warmline", "serve", "--port", "0", *options],
            env={
                **os.environ,
                "WARMLINE_RECORDS_DATABASE": str(folder / "calls.db"),
                "WARMLINE_RECORDS_AUDIO_FOLDER": str(folder / "audio"),
            },
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 60
        while (link := re.search(r"(http://\S+)(/setup#\S+)\n", log.read_text())) is None:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield Server(link[1], link[2], log)
    finally:
        process.terminate()
        process.wait(20)


def wav_base64(pcm: Pcm) -> str:
    file = BytesIO()
    soundfile.write(file, pcm, RATE, format="WAV")
    return base64.b64encode(file.getvalue()).decode()


def events_of(url: str, call_id: str) -> list[dict[str, Any]]:
    """The whole log of a call that has ended."""
    events: list[dict[str, Any]] = []

    def ended() -> bool:
        answer = get(f"{url}/api/calls/{call_id}/events", limit=5000)
        events[:] = answer.json()["events"] if answer.status_code == 200 else []
        return bool(events) and events[-1]["type"] == "CallEnded"

    eventually(ended, "the call's log did not come to its end")
    return events


class Caller:
    """At the softphone: speaks when the other has finished, and hears what they said."""

    def __init__(self, page: Page, say: Say, ears: Whisper) -> None:
        self.page = page
        self._say = say
        self._ears = ears

    def call(self, flow: str) -> None:
        self.page.goto(f"/call?flow={flow}")
        self.page.get_by_label("Show captions").check()
        self.page.get_by_role("button", name="Call", exact=True).click()
        self.page.get_by_text("Connected").wait_for(state="attached", timeout=20_000)

    @property
    def call_id(self) -> str:
        return str(self.page.evaluate("document.querySelector('call-page').phone.call.callId"))

    def listen(self) -> str:
        """Until the bot spoke and then was silent for longer than between two sentences."""
        self.record()
        self.page.get_by_text("The bot speaks").wait_for(timeout=20_000)
        self.page.wait_for_function(
            """() => {
                const listens = document.querySelector(".who")?.innerText === "The bot listens";
                window.since = listens ? window.since ?? performance.now() : undefined;
                return listens && performance.now() - window.since > 1200;
            }""",
            timeout=30_000,
        )
        self.page.evaluate("window.since = undefined")
        return self.recorded()

    def record(self) -> None:
        self.page.evaluate("record()")

    def recorded(self) -> str:
        """The words that were heard since `record`."""
        heard = base64.b64decode(self.page.evaluate("recorded()"))
        return self._ears.transcribe(np.frombuffer(heard, dtype=np.int16)).text

    def speak(self, text: str) -> None:
        self.page.evaluate("recording => speak(recording)", self._say(text))
