"""The story that the desk's tests tell: a caller who was charged twice. Pure data."""

from typing import Any

Json = dict[str, Any]

NOW = 86_400.0 * 3
"""The server's clock: far from this machine's."""
CALL = "call-1"
USER: Json = {
    **{"user_id": "u1", "login": "anna", "name": "Anna", "roles": ["agent"]},
    **{"skills": {"billing": 3}, "queues": []},
}
QUEUES: list[Json] = [
    {"name": name, "open": True, "waiting": 1, "longest_s": wait, "agents_free": free}
    | {"service_level": None}
    for name, wait, free in (("orders", 42.0, 1), ("billing", 5.0, 2))
]
TRANSFER_QUEUES: list[Json] = [
    {"name": "orders", "open": True, "waiting": 1, "agents_free": 1},
    {"name": "billing", "open": True, "waiting": 1, "agents_free": 2},
    {"name": "returns", "open": False, "waiting": 0, "agents_free": 0},
]
"""Anna does not serve the last one."""
IDLE: Json = {"call_id": "", "queues": []}
AGENTS: list[Json] = [
    {"user_id": "u1", "name": "Anna", "state": "available", "since_s": 9.0} | IDLE,
    {"user_id": "u2", "name": "Bob", "state": "available", "since_s": 9.0} | IDLE,
    {"user_id": "u3", "name": "Carla", "state": "busy", "since_s": 9.0} | IDLE,
    {"user_id": "u4", "name": "Dan", "state": "away", "since_s": 9.0} | IDLE,
]
WAITING: list[Json] = [
    {
        **{"call_id": "call-9", "queue": "orders", "caller": "+1 555 0199", "flow": "order_status"},
        **{"reason": "vip", "why": "VIP, second call today", "since_s": 72.0, "priority": 2},
        **{"mood": -0.5, "position": 1, "wait_s": 60, "offered_to": ""},
    },
    {
        **{"call_id": CALL, "queue": "billing", "caller": "+1 555 0100", "flow": "order_status"},
        **{"reason": "flow", "why": "", "since_s": 5.0, "priority": 0},
        **{"mood": 0.1, "position": 1, "wait_s": 20, "offered_to": "u1"},
    },
]
CALLBACKS: list[Json] = [
    {
        **{"id": 7, "queue": "orders", "number": "+1 555 0142", "caller": "+1 555 0142"},
        "requested_at": "2026-11-22T09:12:00+00:00",
    }
]


def assigned(state: str, expires_s: float | None = None) -> Json:
    return {"call_id": CALL, "role": "agent", "state": state, "expires_s": expires_s}


def item(seq: int, at: float, audio_at: float | None = None, line: int = 0, **more: Any) -> Json:
    return {"seq": seq, "at": at, "line": line, "audio_at": audio_at, **more}


PACKET: Json = {
    **{"call_id": CALL, "flow": "order_status", "title": "Order status", "seq": 5, "node": "help"},
    "who": {"caller": "+1 555 0100", "identity": "unknown", "checked": "", "seq": 0},
    "why": item(
        5, 15.0, reason="flow", text="needs a person", why="“charged twice” needs a person",
        queue="billing", skills=[], priority=0,
    ),
    "intents": [
        item(
            2, 7.0, 4.2, 2, slot="topic", value="refund", text="a refund of their order",
            asked="a refund of your order", words="I was charged twice", confidence=0.9,
            source="said", verified=False, vague=False,
        )
    ],
    "slots": [
        item(
            4, 11.0, 9.0, 4, slot="amount", label="amount", value="39.90", spoken="39 euros 90",
            confidence=0.55, source="said", verified=False, identifies=False,
        ),
        item(
            4, 11.0, 9.0, 4, slot="order", label="order", value="4527", spoken="4 5 2 7",
            confidence=0.93, source="confirmed", verified=True, identifies=True,
        ),
    ],
    "unanswered": [
        item(5, 12.0, node="card", slot="card", label="card ending", question="Which?", asked=2)
    ],
    "failures": [
        item(3, 9.0, kind="no_match", node="order", text="“uh the blue one” was not understood")
    ],
    "said": [],
    "consents": [item(1, 2.0, purpose="recording", wording="…", granted=True, allows=["mood"])],
    "disclosures": [item(1, 1.0, text="I'm an automated assistant.", complete=True)],
    "moods": [],
    "last_words": [item(4, 11.0, 9.0, turn=2, text="It is order 4527, 39.90", confidence=0.55)],
    "opening": "Hello, this is Anna. You were charged twice for order 4527; I'll look at it now.",
    "summary": [
        {"text": "The caller was charged twice for order 4527.", "evidence": [2, 4]},
        {"text": "The bot found the order and confirmed its number.", "evidence": [4]},
        {"text": "Which card was charged is open.", "evidence": [5]},
    ],
}  # fmt: skip
OFFER: Json = {
    **{
        "offer": "call-1.1",
        "role": "agent",
        "call_id": CALL,
        "queue": "billing",
        "caller": "+1 555 0100",
    },
    **{"reason": "flow", "why": "“charged twice” needs a person", "since_s": 5.0},
    **{"expires_s": 20.0, "packet": PACKET},
}


def line(key: str, text: str, at: float, **more: Any) -> Json:
    who = key.partition("-")[0]
    names = {"bot": "Bot", "caller": "Caller", "agent": "Anna"}
    return {
        **{"key": key, "kind": "line", "who": who, "name": names[who], "text": text},
        **{"unstable": "", "final": True, "at": at, "audio_at": at, "audio_end": at + 2.0},
        **{"confidence": 1.0, "interrupted": False, "seq": 1},
        **more,
    }


def event(seq: int, text: str, at: float) -> Json:
    return {"key": f"event-{seq}", "kind": "event", "text": text, "at": at}


def mood(turn: int, value: float, at: float, **more: Any) -> Json:
    return {
        **{"key": f"mood-{turn}", "kind": "mood", "turn": turn, "mood": value, "at": at},
        **{"trend": "steady", "reasons": [], "abstained": ""},
        **more,
    }


def state(name: str, at: float, **more: Any) -> Json:
    people = [{"user_id": "u1", "name": "Anna", "role": "agent"}] if name == "talking" else []
    return {
        **{"key": "state", "kind": "state", "state": name, "queue": "billing", "reason": "flow"},
        **{"agents": people, "handback_nodes": ["payment", "survey"], "at": at},
        **more,
    }


def hint(number: int, title: str = "Refunds take 3 days", **more: Any) -> Json:
    card = {
        **{"hint": f"h{number}", "title": title, "link": "", "compliance": False},
        "text": "Say when the money is back: three working days after we send it.",
        **{"source": "hints.yaml: refund_policy", "confidence": 1.0},
        **more,
    }
    return {"key": "hint", "kind": "hint", "hint": card}


def checklist(done: int = 2) -> Json:
    texts = ["Say that you are automated", "Ask for the order number", "Say when the money is back",
             "Ask whether all is done"]  # fmt: skip
    items = [
        {"item": f"i{n}", "text": text, "done": n < done, "by": "bot" if n < done else "",
         "evidence": (1, 4)[n] if n < done else 0}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    return {"key": "checklist", "kind": "checklist", "items": items}


BOT: list[list[Json]] = [
    [line("bot-1", "I'm an automated assistant. How can I help you?", 3.0), state("bot", 0.0)],
    [line("caller-1", "I was charged twice for my order", 7.0, audio_at=4.2, confidence=0.9)],
    [line("bot-2", "I'm sorry. Which order is it, please tell me the", 8.0, interrupted=True)],
    [line("caller-2", "It is order 4527, 39.90", 11.0, audio_at=9.0, confidence=0.55),
     mood(1, 0.1, 7.0), mood(2, -0.1, 11.0)],
    [state("waiting", 15.0), event(5, "Handed to billing: “charged twice” needs a person", 15.0),
     {"key": "packet", "kind": "packet", "packet": PACKET}, checklist()],
]  # fmt: skip
TALKING: list[list[Json]] = [
    [event(6, "Anna joined", 31.0), state("talking", 31.0)],
    [line("agent-u1-1", "Hello, this is Anna. You were charged twice, I see it here.", 33.0)],
    [line("caller-3", "Yes, and nobody told me why, it is the second time", 38.0, confidence=0.88),
     mood(3, -0.45, 38.0, trend="falling", reasons=["pitch +4 semitones", "1.6 times faster"])],
    [hint(1)],
    [line("caller-4", "so can you", 44.0, unstable="please", final=False)],
]  # fmt: skip
WRAP_UP: Json = {
    "summary": "The caller was charged twice for order 4527. Anna found both payments and "
    "promised a refund within three working days. Nothing is open.",
    "dispositions": ["solved", "refund_sent", "call_again", "wrong_department"],
    "fields": {"order": "4527", "refund_amount": ""},
    "second": False,
}
SECOND: Json = {
    "text": "The caller was charged twice for order 4527. Anna sees both payments.",
    "sentences": [
        {"text": "The caller was charged twice for order 4527.", "lines": [2, 4]},
        {"text": "Anna sees both payments.", "lines": [7]},
    ],
}
EARLIER: list[Json] = [
    {
        **{"call_id": "c0", "started_at": "2026-11-20T15:04:00+00:00", "flow": "order_status"},
        **{"disposition": "solved", "summary": "Asked where order 4527 was; it was on its way."},
    }
]
