"""A person's voice in a browser, `warmline serve` with its real models, and back."""

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from access import get
from browser.booth import eventually
from browser.stage import Complaints, Launch
from warmline.audio import files
from warmline.audio.frame import Pcm
from warmline.audio.resample import resample
from warmline.errors import ModelError
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore
from warmline.speaking.piper import Voice
from warmline.spoken import words

pytestmark = pytest.mark.real

RATE = 48_000
VOICES = Path(__file__).with_name("voices.js")
GREETING_S = 12.0
"""Connecting and the greeting of order_status, with some to spare."""


def model(name: str) -> Path:
    try:
        return ModelStore().path(name)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    for name in ("whisper-base", "whisper-tiny.en", "en_US-joe-medium"):
        model(name)
    folder = tmp_path_factory.mktemp("server")
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "warmline", "serve", "--port", "0"],
            env={**os.environ, "WARMLINE_RECORDS_DATABASE": str(folder / "calls.db")},
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 60
        while (found := re.search(r"http://\S+", log.read_text())) is None:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield found[0]
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def say() -> Callable[[str], str]:
    """Any text, spoken by Piper: a WAV file in base64."""
    voice = Voice(model("en_US-joe-medium"), "en_US-joe-medium", steady=True)

    def speak(text: str) -> str:
        return wav_base64(resample(voice.speak(text, 1.0), voice.rate, RATE))

    return speak


@pytest.fixture(scope="module")
def ears() -> Whisper:
    return Whisper(model("whisper-base"))


def wav_base64(pcm: Pcm) -> str:
    file = BytesIO()
    soundfile.write(file, pcm, RATE, format="WAV")
    return base64.b64encode(file.getvalue()).decode()


def events_of(server: str, call_id: str) -> list[dict[str, Any]]:
    """The whole log of a call that has ended."""
    events: list[dict[str, Any]] = []

    def ended() -> bool:
        answer = get(f"{server}/api/calls/{call_id}/events")
        events[:] = answer.json()["events"] if answer.status_code == 200 else []
        return bool(events) and events[-1]["type"] == "CallEnded"

    eventually(ended, "the call's log did not come to its end")
    return events


def call(page: Page) -> None:
    page.goto("/call?flow=order_status")
    page.get_by_label("Show captions").check()
    page.get_by_role("button", name="Call", exact=True).click()
    page.get_by_text("Connected").wait_for(state="attached", timeout=20_000)


def call_id(page: Page) -> str:
    return str(page.evaluate("document.querySelector('call-page').phone.call.callId"))


def test_words_of_a_microphone_reach_the_transcript(
    launch: Launch, server: str, complaints: Complaints, tmp_path: Path
) -> None:
    """Chromium's own capture, with its echo cancellation, noise suppression and gain control."""
    beckett = files.read(model("beckett") / "beckett.wav", RATE)
    quiet = np.zeros(int(GREETING_S * RATE), dtype=np.int16)
    recording = tmp_path / "microphone.wav"
    soundfile.write(recording, np.concatenate([quiet, beckett, quiet]), RATE)
    browser = launch(
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}%noloop",
    )
    with browser.new_context(base_url=server) as context:
        page = context.new_page()
        complaints.watch(page)
        call(page)
        page.get_by_text("The bot speaks").wait_for()
        log = page.get_by_role("log")
        expect(log).to_contain_text(re.compile("fail better", re.I), timeout=60_000)
        identity = call_id(page)
        page.get_by_role("button", name="Hang up").click()
    events = events_of(server, identity)
    heard = " ".join(e["text"] for e in events if e["type"] == "UtteranceHeard")
    assert words(heard)[-8:] == words("no matter try again fail again fail better")
    assert events[-1]["reason"] == "caller_hung_up"


class Caller:
    """Speaks when the bot has finished, and hears what it said."""

    def __init__(self, page: Page, say: Callable[[str], str], ears: Whisper) -> None:
        self._page = page
        self._say = say
        self._ears = ears

    def listen(self) -> str:
        """Until the bot spoke and then was silent for longer than between two sentences."""
        self._page.evaluate("record()")
        self._page.get_by_text("The bot speaks").wait_for(timeout=20_000)
        self._page.wait_for_function(
            """() => {
                const listens = document.querySelector(".who")?.innerText === "The bot listens";
                window.since = listens ? window.since ?? performance.now() : undefined;
                return listens && performance.now() - window.since > 1200;
            }""",
            timeout=30_000,
        )
        heard = base64.b64decode(self._page.evaluate("window.since = undefined, recorded()"))
        return self._ears.transcribe(np.frombuffer(heard, dtype=np.int16)).text

    def speak(self, text: str) -> None:
        self._page.evaluate("recording => speak(recording)", self._say(text))


def test_the_whole_order_status_conversation(
    launch: Launch,
    server: str,
    complaints: Complaints,
    say: Callable[[str], str],
    ears: Whisper,
) -> None:
    with launch().new_context(base_url=server) as context:
        page = context.new_page()
        complaints.watch(page)
        page.add_init_script(path=VOICES)
        call(page)
        caller = Caller(page, say, ears)
        heard = [caller.listen()]
        for sentence in (
            "Hello, I'd like to know where my order is.",
            "four five two seven",
            "Yes, that's right.",
        ):
            caller.speak(sentence)
            heard.append(caller.listen())
        caller.speak("No, thank you.")
        expect(page.locator(".ending")).to_have_text(
            "The conversation is complete.", timeout=30_000
        )
        expect(page.get_by_role("log")).to_contain_text("on its way")
        identity = call_id(page)
    _, which_order, read_back, answer = heard
    assert "order number" in which_order
    assert "".join(filter(str.isdigit, read_back)) == "4527", read_back
    assert "on its way" in answer
    events = events_of(server, identity)
    assert events[-1]["reason"] == "completed"
    nodes = [event["node"] for event in events if event["type"] == "NodeEntered"]
    assert nodes[-1] == "goodbye"
