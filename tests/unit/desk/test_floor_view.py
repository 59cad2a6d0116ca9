"""What of the floor is whose to see."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from unit.desk.pages import check_schema
from warmline.accounts.user import User
from warmline.desk.floor import (
    Floor,
    FloorAgent,
    FloorAssignment,
    FloorCall,
    FloorOffer,
    FloorQueue,
    FloorWaiting,
)
from warmline.desk.floor_view import floor_message, may_watch
from warmline.desk.texts import encode
from warmline.events import AgentJoined, AlertRaised
from warmline.records.desk import Callback

ANNA = User(user_id="u1", login="anna", name="Anna", roles=frozenset({"agent"}))
SAM = User(user_id="u2", login="sam", name="Sam", roles=frozenset({"supervisor"}))
BOSS = User(user_id="u3", login="boss", name="Boss", roles=frozenset({"admin"}))


def waiting(call_id: str, queue: str) -> FloorWaiting:
    return FloorWaiting(
        call_id=call_id, queue=queue, caller="+15550100", flow="f", reason="asked", why="",
        since_s=1.0, priority=0, mood=0.0, position=1, wait_s=-1.0, offered_to="u1",
    )  # fmt: skip


def call(call_id: str) -> FloorCall:
    return FloorCall(
        call_id=call_id, flow="f", caller="+15550100", state="talking", since_s=2.0,
        agents=(AgentJoined(agent="u1", name="Anna", role="agent"),), mood=-0.2,
        moods=(0.1, -0.2),
        alerts=(AlertRaised(rule="silence", severity="warning", text="silent"),),
    )  # fmt: skip


def queue(name: str) -> FloorQueue:
    return FloorQueue(
        name=name, open=True, waiting=1, longest_s=1.0, agents_free=0, service_level=None
    )


FLOOR = Floor(
    version=4,
    queues=(queue("billing"), queue("orders")),
    waiting=(waiting("w1", "billing"), waiting("w2", "orders")),
    agents=(
        FloorAgent(
            user_id="u1", name="Anna", state="busy", since_s=1.0, call_id="c1", queues=("billing",)
        ),
    ),
    calls=(call("c1"), call("c2")),
    offers=(
        FloorOffer(
            offer_id="o1", user_id="u1", call_id="w3", kind="consult", queue="orders", caller="",
            reason="asked", why="", since_s=1.0, expires_s=20.0,
        ),
    ),
    assignments=(
        FloorAssignment(user_id="u1", call_id="c1", role="agent", state="lost", expires_s=9.0),
    ),
)  # fmt: skip
CALLBACKS = [
    Callback(
        id=number, call_id="x", queue=queue, number=number_given, caller="+15550100",
        requested_at=datetime(2026, 11, 22, tzinfo=UTC), done_by=None, done_at=None,
    )
    for number, queue, number_given in [(1, "billing", ""), (2, "orders", "+15550199")]
]  # fmt: skip


def view(user: User) -> dict[str, Any]:
    made = floor_message(FLOOR, user, lambda call_id: {"of": call_id}, CALLBACKS, controls=True)
    message: dict[str, Any] = json.loads(encode(made))
    check_schema(message)
    return message


def test_a_supervisor_sees_all() -> None:
    shown = view(SAM)
    assert [one["call_id"] for one in shown["calls"]] == ["c1", "c2"]
    assert [one["call_id"] for one in shown["waiting"]] == ["w1", "w2"]
    assert (shown["offer"], shown["assignment"]) == (None, None)
    assert shown["agents"][0]["call_id"] == "c1"
    assert shown["calls"][0]["alerts"][0]["rule"] == "silence"
    assert shown["calls"][0]["moods"] == [0.1, -0.2]
    assert [one["number"] for one in shown["callbacks"]] == ["+15550100", "+15550199"]


def test_an_agent_sees_their_own_queues_and_call() -> None:
    shown = view(replace(ANNA, queues=("billing",)))
    assert [one["name"] for one in shown["queues"]] == ["billing"]
    there = {"open": True, "waiting": 1, "agents_free": 0}
    assert shown["transfer_queues"] == [{"name": name, **there} for name in ("billing", "orders")]
    assert [one["call_id"] for one in shown["waiting"]] == ["w1"]
    assert [one["call_id"] for one in shown["calls"]] == ["c1"]
    assert [one["id"] for one in shown["callbacks"]] == [1]
    assert shown["agents"][0]["call_id"] == "", "whom a colleague talks with is not theirs to see"
    assert (shown["offer"]["offer"], shown["offer"]["packet"]) == ("o1", {"of": "w3"})
    assert (shown["assignment"]["state"], shown["offer"]["role"]) == ("connecting", "consult")


@pytest.mark.parametrize(
    ("user", "queues", "calls"),
    [
        (SAM, (), {"c1", "c2", "w1", "w2", "w3", "old"}),
        (ANNA, (), {"c1", "w1", "w2", "w3"}),
        (ANNA, ("orders",), {"c1", "w2", "w3"}),
        (replace(ANNA, user_id="u9"), (), {"w1", "w2"}),
        (BOSS, (), set()),
    ],
)
def test_who_may_watch_what(user: User, queues: tuple[str, ...], calls: set[str]) -> None:
    user = replace(user, queues=queues)
    every = ("c1", "c2", "w1", "w2", "w3", "old")
    assert {one for one in every if may_watch(FLOOR, user, one)} == calls
