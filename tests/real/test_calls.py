"""Calls from outside to a real server: a socket, real models, a person's voice."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from access import get
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.caller.client import CallFailed, CallOptions, Play, Press, Step, place_call
from warmline.caller.report import Report, report
from warmline.spoken import words


class Caller:
    def __init__(self, url: str) -> None:
        self._url = url

    def call(self, *steps: Step, **options: Any) -> Report:
        return asyncio.run(self._call(steps, CallOptions(url=self._url, **options)))

    async def _call(self, steps: tuple[Step, ...], options: CallOptions) -> Report:
        recording = await place_call(options, steps)
        assert recording.received.samples().any(), "the bot said nothing"
        return report(recording, self.events(recording.call_id))

    def events(self, call_id: str) -> list[dict[str, Any]]:
        for _ in range(100):
            answer = get(f"{self._url}/api/calls/{call_id}/events")
            events = answer.json()["events"] if answer.status_code == 200 else []
            if events and events[-1]["type"] == "CallEnded":
                return list(events)
            time.sleep(0.05)
        raise AssertionError("the call's log did not come to its end")


@pytest.fixture
def caller(server: Any) -> Caller:
    return Caller(server.url)


def test_a_person_s_voice_goes_in_and_the_right_answer_comes_out(
    caller: Caller, beckett: Pcm
) -> None:
    result = caller.call(Play(beckett))
    said = words(" ".join(turn.heard for turn in result.turns))
    assert " ".join(said) == "ever tried ever failed no matter try again fail again fail better"
    assert result.turns[0].said.startswith("Sorry, I didn't catch that")
    assert result.greeting_ms is not None
    assert result.turns[-1].v2v_ms is not None


@pytest.mark.parametrize(("rate", "encoding"), [(8_000, "mulaw"), (48_000, "pcm16")])
def test_the_whole_order_status_conversation(
    caller: Caller,
    say: Callable[[str], Pcm],
    spell: Callable[[str], Pcm],
    rate: int,
    encoding: str,
) -> None:
    def play(pcm: Pcm) -> Play:
        return Play(resample(pcm, RATE, rate))

    result = caller.call(
        play(say("Hello, I'd like to know where my order is.")),
        play(spell("4527")),
        play(say("Yes, that's right.")),
        play(say("No, thank you.")),
        rate=rate,
        encoding=encoding,
    )
    assert [turn.node for turn in result.turns] == [
        "order_number",
        "order_number",
        "anything_else",
        "goodbye",
    ]
    assert "I have 4 5 2 7" in result.turns[1].said
    assert "on its way" in result.turns[2].said
    assert result.ended == "completed"
    assert all(turn.v2v_ms and turn.ttfs_ms for turn in result.turns)


def test_the_keypad_and_a_person(caller: Caller) -> None:
    result = caller.call(Press("1"), Press("4527"), Press("1"), Press("*"))
    assert [turn.heard for turn in result.turns] == ["1", "4527", "1", "*"]
    assert "I have 4 5 2 7" in result.turns[1].said
    assert "person" in result.turns[3].said
    assert result.ended == "caller_hung_up", "nobody was at the desk"


def test_a_killed_worker_costs_no_words(server: Any, caller: Caller, beckett: Pcm) -> None:
    def ears() -> list[int]:
        workers = server.children().items()
        return [pid for pid, arguments in workers if "speaking" not in arguments]

    killed: set[int] = set()

    async def main() -> Report:
        call = asyncio.create_task(caller._call((Play(beckett),), CallOptions(url=server.url)))
        # After the greeting of about seven seconds the caller speaks for ten: kill all ears
        # early in that, and again while they hear the rest.
        for seconds in (10.0, 4.0):
            await asyncio.sleep(seconds)
            for pid in ears():
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        return await call

    before = restarts(server.url)
    result = asyncio.run(main())
    said = words(" ".join(turn.heard for turn in result.turns))
    assert " ".join(said) == "ever tried ever failed no matter try again fail again fail better"
    assert len(killed) >= 2, server.children()
    assert restarts(server.url) - before >= len(killed), "a lost worker was not counted"
    assert ears(), "no worker took the lost ones' place"
    assert not killed & set(ears())


def restarts(url: str) -> float:
    """How many workers the server says it has replaced, of all kinds."""
    samples = text_string_to_metric_families(httpx.get(f"{url}/metrics").text)
    return sum(
        sample.value
        for family in samples
        for sample in family.samples
        if sample.name == "warmline_worker_restarts_total"
    )


def test_the_api_and_the_probes(server: Any, caller: Caller) -> None:
    result = caller.call(Press("*"))
    assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{server.url}/readyz").json()["ready"] is True
    record = get(f"{server.url}/api/calls/{result.call_id}").json()
    assert (record["reason"], record["flow"]) == ("caller_hung_up", "order_status")
    calls = get(f"{server.url}/api/calls").json()["calls"]
    assert calls[0]["call_id"] == result.call_id
    events = caller.events(result.call_id)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    after = get(f"{server.url}/api/calls/{result.call_id}/events", after=3)
    assert after.json()["events"] == events[3:]
    assert get(f"{server.url}/api/calls/nobody").status_code == 404
    assert "warmline_calls_ended_total" in httpx.get(f"{server.url}/metrics").text


def test_an_unknown_flow_is_refused_with_the_names_of_those_there_are(caller: Caller) -> None:
    with pytest.raises(CallFailed, match="unknown_flow: .*order_status"):
        caller.call(Press("*"), flow="no_such_flow")


def test_the_log_holds_no_words_digits_or_caller(server: Any, caller: Caller) -> None:
    caller.call(Press("1"), Press("4527"), Press("*"), caller="+15550199")
    log = server.log.read_text()
    assert not re.search(r"4527|15550199|Northwind", log)
    assert "Traceback" not in log
