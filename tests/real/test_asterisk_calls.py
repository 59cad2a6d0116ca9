"""Whole calls through a real Asterisk to a real server: real models, recorded and spoken words."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from access import get
from asterisk import pbx as telephony
from asterisk.pbx import Pbx, free_port, until
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.errors import ModelError
from warmline.modelstore import ModelStore

HTTP, TCP = free_port(), free_port()
URL = f"http://127.0.0.1:{HTTP}"
SECRET, PASSWORD = "s3cret", "hush"


@pytest.fixture(scope="module")
def warmline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`warmline serve` with both Asterisk doors open."""
    telephony.find()
    for name in ("whisper-base", "whisper-tiny.en", "en_US-joe-medium"):
        try:
            ModelStore().path(name)
        except ModelError as error:
            pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("warmline")
    settings = {
        "WARMLINE_RECORDS_DATABASE": str(folder / "calls.db"),
        "WARMLINE_ASTERISK_AUDIOSOCKET_PORT": str(TCP),
        "WARMLINE_ASTERISK_SECRET": SECRET,
        "WARMLINE_ASTERISK_PASSWORD": PASSWORD,
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "warmline", "serve", "--port", str(HTTP)],
            env=os.environ | settings,
            stderr=log,
        )
    try:
        until(lambda: _is_ready() or process.poll() is not None, "Warmline is ready")
        assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(20)


def _is_ready() -> bool:
    try:
        return httpx.get(f"{URL}/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def pbx(warmline: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    substitutes = {
        "127.0.0.1:8080": f"127.0.0.1:{HTTP}",
        "127.0.0.1:9019": f"127.0.0.1:{TCP}",
        "SECRET": SECRET,
        "PASSWORD": PASSWORD,
    }
    folder = tmp_path_factory.mktemp("pbx")
    with telephony.running(folder, telephony.dialplans(substitutes, {})) as pbx:
        yield pbx


class Record:
    """What Warmline writes down about the newest call, while it runs."""

    def __init__(self) -> None:
        until(lambda: self._calls(live=True), "the call is in the record")
        self.call: dict[str, Any] = self._calls(live=True)[0]
        self.call_id = str(self.call["call_id"])

    def events(self, kind: str) -> list[dict[str, Any]]:
        events = get(f"{URL}/api/calls/{self.call_id}/events").json()["events"]
        return [event for event in events if event["type"] == kind]

    def until_said(self, words: str) -> None:
        """The bot has said something with these words, to its end."""

        def said() -> bool:
            told = self.events("SpeakingFinished")
            return any(words in event["text"] and not event["interrupted"] for event in told)

        until(said, f"the bot has said {words!r}")

    def until_ended(self) -> str:
        until(lambda: self.events("CallEnded"), "the call has ended")
        return str(self.events("CallEnded")[0]["reason"])

    def _calls(self, *, live: bool) -> list[dict[str, Any]]:
        calls = get(f"{URL}/api/calls").json()["calls"]
        return [call for call in calls if (call["ended_at"] is None) == live]


@pytest.fixture
def sound(pbx: Pbx) -> Callable[[str, Pcm], str]:
    """Have a sound played by a caller: the application for `Pbx.act`."""

    def play(name: str, pcm: Pcm) -> str:
        files.write_wav(pbx.folder / f"{name}.wav", resample(pcm, RATE, 8_000), 8_000)
        return f"Playback({pbx.folder / name})"

    return play


@pytest.mark.parametrize("context", ["warmline-audiosocket", "warmline-websocket"])
def test_the_whole_order_status_conversation(
    pbx: Pbx,
    say: Callable[[str], Pcm],
    spell: Callable[[str], Pcm],
    sound: Callable[[str, Pcm], str],
    context: str,
) -> None:
    """The caller's phone sends nothing between two sentences, and the turns end all the same."""
    acts = [
        sound("reason", say("Hello, I'd like to know where my order is.")),
        sound("number", spell("4527")),
        sound("yes", say("Yes, that's right.")),
        sound("no", say("No, thank you.")),
    ]
    pbx.call(context)
    record = Record()
    questions = ["How can I help you", "order number", "I have 4 5 2 7", "anything else"]
    for question, act in zip(questions, acts, strict=True):
        record.until_said(question)
        pbx.act(act)
    assert record.until_ended() == "completed"
    assert any("on its way" in event["text"] for event in record.events("SpeakingFinished"))
    until(lambda: not pbx.channels(), "the dialplan has hung up")
    assert not pbx.in_queue("orders")


def test_keys_and_then_a_person(pbx: Pbx) -> None:
    pbx.call("warmline-websocket")
    record = Record()
    assert record.call["door"] == "asterisk"
    record.until_said("How can I help you")
    pbx.act("SendDTMF(1)")
    record.until_said("order number")
    pbx.act("SendDTMF(4527)")
    record.until_said("I have 4 5 2 7")
    pbx.act("SendDTMF(*)")
    until(lambda: pbx.in_queue("orders"), "the caller waits for the orders team")
    assert pbx.variables(pbx.in_queue("orders")[0])["SUMMARY"] == record.call_id
    assert record.until_ended() == "escalated"
    assert [event["queue"] for event in record.events("Transferred")] == ["orders"]
    pbx.hang_up_all()
