"""A person's voice in a browser, `warmline serve` with its real models, and back."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from browser.spoken import RATE, VOICES, Caller, Say, events_of, model, served
from browser.stage import Complaints, Launch
from warmline.audio import files
from warmline.hearing.whisper import Whisper
from warmline.spoken import words

pytestmark = pytest.mark.real

GREETING_S = 12.0
"""Connecting and the greeting of order_status, with some to spare."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("server")) as found:
        yield found.url


def test_words_of_a_microphone_reach_the_transcript(
    launch: Launch, server: str, complaints: Complaints, ears: Whisper, tmp_path: Path
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
        caller = Caller(page, lambda text: text, ears)
        caller.call("order_status")
        page.get_by_text("The bot speaks").wait_for()
        log = page.get_by_role("log")
        expect(log).to_contain_text(re.compile("fail better", re.I), timeout=60_000)
        identity = caller.call_id
        page.get_by_role("button", name="Hang up").click()
    events = events_of(server, identity)
    heard = " ".join(e["text"] for e in events if e["type"] == "UtteranceHeard")
    assert words(heard)[-8:] == words("no matter try again fail again fail better")
    assert events[-1]["reason"] == "caller_hung_up"


def test_the_whole_order_status_conversation(
    launch: Launch,
    server: str,
    complaints: Complaints,
    say: Say,
    ears: Whisper,
) -> None:
    with launch().new_context(base_url=server) as context:
        page = context.new_page()
        complaints.watch(page)
        page.add_init_script(path=VOICES)
        caller = Caller(page, say, ears)
        caller.call("order_status")
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
        identity = caller.call_id
    _, which_order, read_back, answer = heard
    assert "order number" in which_order
    assert "".join(filter(str.isdigit, read_back)) == "4527", read_back
    assert "on its way" in answer
    events = events_of(server, identity)
    assert events[-1]["reason"] == "completed"
    nodes = [event["node"] for event in events if event["type"] == "NodeEntered"]
    assert nodes[-1] == "goodbye"
