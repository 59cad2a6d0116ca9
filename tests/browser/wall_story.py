"""What the supervisors' pages show in their tests: a floor, figures, calls that were. Pure data."""

from typing import Any

from browser import desk_story as desk

Json = dict[str, Any]

SUPERVISOR: Json = {
    **{"user_id": "s1", "login": "sam", "name": "Sam Sand", "roles": ["supervisor"]},
    **{"skills": {}, "queues": []},
}
QUEUES: list[Json] = [
    {
        **{"name": "billing", "open": True, "waiting": 1, "longest_s": 134.0, "agents_free": 0},
        "service_level": 0.71,
    },
    {
        **{"name": "orders", "open": True, "waiting": 0, "longest_s": 0.0, "agents_free": 1},
        "service_level": 0.93,
    },
    {
        **{"name": "returns", "open": False, "waiting": 0, "longest_s": 0.0, "agents_free": 0},
        "service_level": None,
    },
]
AGENTS: list[Json] = [
    {**agent, "state": state, "call_id": call, "since_s": since}
    for agent, state, call, since in (
        (desk.AGENTS[0], "available", "", 9.0),
        (desk.AGENTS[1], "busy", "call-2", 190.0),
        (desk.AGENTS[2], "wrap_up", "", 40.0),
        (desk.AGENTS[3], "away", "", 700.0),
    )
]


def alert(rule: str, severity: str, text: str) -> Json:
    return {"rule": rule, "severity": severity, "text": text}


def call(call_id: str, state: str, since_s: float, mood: float | None = None, **more: Any) -> Json:
    return {
        **{"call_id": call_id, "flow": "order_status", "caller": f"+1 555 010{call_id[-1]}"},
        **{"state": state, "since_s": since_s, "agents": [], "mood": mood, "alerts": []},
        "moods": [] if mood is None else [mood],
        **more,
    }


def person(role: str = "agent", name: str = "Bob", user_id: str = "u2") -> Json:
    return {"user_id": user_id, "name": name, "role": role}


CALLS: list[Json] = [
    call("call-1", "bot", 42.0, 0.1),
    call("call-2", "talking", 190.0, -0.3, moods=[0.1, -0.1, -0.2, -0.3], agents=[person()],
         flow="customer_care"),
    call("call-3", "waiting", 134.0, -0.7, flow="bank_card", alerts=[
        alert("long_wait", "warning", "The caller has waited for two minutes"),
        alert("legal_steps", "harm", "The caller speaks of a complaint or a lawyer"),
    ]),
    call("call-4", "bot", 8.0),
    call("call-5", "talking", 61.0, 0.4, agents=[person("agent", "Carla", "u3")], caller=""),
    call("call-6", "wrap_up", 40.0, 0.0),
]  # fmt: skip


def figures(calls: int, **more: Any) -> Json:
    return {
        **{"calls": calls, "contained": 0.64, "escalated": 0.3, "answered": 11, "abandoned": 2},
        **{"reasons": [["asked", 7], ["no_match", 4], ["mood", 2]], "callbacks": 1},
        **{"wait_p50_s": 18.0, "wait_p95_s": 95.0, "service_level": 0.82, "talk_s": 140.0},
        **{"handling_s": 214.0, "first_contact": 0.77, "survey_mean": 4.1, "survey_count": 9},
        **{"confidence": 0.87, "answer_p50_ms": 620.0, "answer_p95_ms": 1180.0},
        **more,
    }


def hour(number: int, calls: int, **more: Any) -> Json:
    return {"hour": f"2026-11-22T{number:02}:00:00+00:00", **figures(calls, **more)}


STATS: Json = {
    "since": "2026-11-21T12:30:00+00:00",
    "total": figures(41),
    "hours": [
        hour(1, 1, service_level=None, survey_mean=None, wait_p50_s=None, handling_s=None),
        hour(6, 5, contained=0.5, answer_p50_ms=700, wait_p50_s=30.0, survey_mean=3.5),
        hour(7, 9, contained=0.7, answer_p50_ms=640, wait_p50_s=12.0, confidence=0.9),
        hour(8, 14, contained=0.6, answer_p50_ms=600, service_level=0.7, first_contact=0.7),
        hour(9, 12, contained=0.68, answer_p50_ms=590, handling_s=190.0, escalated=0.25),
    ],
    "queues": [{"queue": "billing", **figures(8, service_level=0.71)}],
}


def past(call_id: str, started_at: str, **more: Any) -> Json:
    return {
        **{"call_id": call_id, "started_at": started_at, "door": "sip", "caller": "+1 555 0100"},
        **{"flow": "order_status", "flow_version": "v1", "ended_at": "2026-11-22T09:16:05.000Z"},
        **{"reason": "completed", "turns": 4, "contained": True, "queue": "", "lines": []},
        **{"escalation_reason": "", "agents": [], "wait_s": None, "talk_s": 0.0, "summary": ""},
        **{"mood_min": None, "survey": None, "disposition": ""},
        **more,
    }


def found(seq: int, at: float, who: str, *parts: tuple[str, bool], name: str = "") -> Json:
    snippet = [{"text": text, "found": hit} for text, hit in parts]
    return {"seq": seq, "at": at, "audio_at": at, "who": who, "name": name, "snippet": snippet}


PAST: list[Json] = [
    past("call-1", "2026-11-22T09:12:00.000Z", contained=False, queue="billing", survey=4,
         escalation_reason="flow", agents=[{"user_id": "u1", "name": "Anna"}], mood_min=-0.45,
         wait_s=16.0, talk_s=190.0, disposition="refund_sent",
         summary="Charged twice for order 4527; refunded.",
         lines=[found(4, 7.0, "caller", ("I was ", False), ("charged", True), (" twice", False)),
                found(9, 33.0, "agent", ("You were ", False), ("charged", True),
                      (" twice, I see it here.", False), name="Anna")]),
    past("call-7", "2026-11-22T08:40:00.000Z", ended_at="2026-11-22T08:41:30.000Z", caller=""),
    past("call-8", "2026-11-21T17:02:00.000Z", reason="caller_hung_up", contained=False,
         ended_at="2026-11-21T17:02:20.000Z", flow="bank_card"),
]  # fmt: skip
