"""One call as its page gets it: the log of a caller who was charged twice, its record, its sound.

Pure data.
"""

import io
from typing import Any

import numpy as np
import soundfile

from browser import desk_story as desk
from browser.wall_server import WallServer

Json = dict[str, Any]
RATE = 16_000
SECONDS = 60

RECORD: Json = {
    **{"call_id": "call-1", "started_at": "2026-11-22T09:12:00.000Z", "door": "sip"},
    **{"caller": "+1 555 0100", "flow": "order_status", "flow_version": "v1"},
    **{"ended_at": "2026-11-22T09:13:00.000Z", "reason": "completed", "turns": 4},
}
WRAPUPS: list[Json] = [
    {
        **{"user_id": "u1", "disposition": "refund_sent", "notes": "Second time.", "name": "Anna"},
        **{"summary": "Charged twice for order 4527; refunded.", "fields": {"order": "4527"}},
        **{"first_contact_resolved": True, "at": "2026-11-22T09:14:00.000Z"},
    }
]


def log(*facts: tuple[float, str, Json]) -> list[Json]:
    """Entries as the server gives them, numbered."""
    return [
        {"seq": seq, "at": at, "type": kind, **fields}
        for seq, (at, kind, fields) in enumerate(facts, 1)
    ]


def heard(turn: int, text: str, begin: float, **more: Any) -> Json:
    return {
        **{"turn": turn, "text": text, "confidence": 0.9, "started_at": begin},
        **{"audio_at": begin + 2.0, "alternatives": []},
        **more,
    }


def waited(turn: int, endpoint: float, words: float, decision: float, voice: float) -> Json:
    """As older versions have recorded it."""
    return {
        **{"turn": turn, "endpoint_ms": endpoint, "transcript_ms": words},
        **{"decision_ms": decision, "first_audio_ms": voice},
        "total_ms": endpoint + words + decision + voice,
    }


FETCHED: Json = {
    **{"turn": 1, "endpoint_ms": 200, "transcript_ms": 0, "decision_ms": 0, "fetch_ms": 900},
    **{"first_audio_ms": 280, "playout_ms": 20, "network_ms": 60, "total_ms": 1460},
    **{"paused_ms": 150, "words_ms": 190, "voice_ms": 180, "expected": "free"},
    **{"ended": "complete", "because": "words and voice are finished", "undone": 1},
}


def says(name: str, text: str, node: str = "") -> Json:
    return {"say_id": name, "node": node, "text": text}


EVENTS = log(
    (0.0, "CallStarted", {"door": "sip", "caller": "+1 555 0100", "flow": "order_status",
                          "flow_version": "v1", "started_at": "2026-11-22T09:12:00Z"}),
    (0.1, "RecordingChanged", {"on": True, "reason": "always", "audio_at": 0.0}),
    (3.0, "SpeakingStarted", says("1", "I'm an automated assistant. How can I help you today?")),
    (6.0, "SpeakingFinished", {"say_id": "1", "text": "", "played_s": 2.5, "interrupted": False}),
    (6.3, "SpeechEnded", {"turn": 1, "audio_at": 6.2, "reason": "complete"}),
    (6.5, "UtteranceHeard", heard(1, "I was charged twice for my order", 4.2)),
    (6.5, "NodeEntered", {"node": "order_number"}),
    (6.6, "FetchStarted", {"request_id": "r1", "endpoint": "orders"}),
    (7.4, "FetchFinished", {"request_id": "r1", "endpoint": "orders", "outcome": "ok", "code": "",
                            "values": [["status", "paid twice"]]}),
    (8.0, "SpeakingStarted", says("2", "I'm sorry. Which order is it?")),
    (8.0, "TurnMeasured", FETCHED),
    (8.7, "SpeechStarted", {"audio_at": 8.6}),
    (8.9, "SpeakingFinished", {"say_id": "2", "text": "", "played_s": 0.8, "interrupted": True}),
    (11.0, "SpeechEnded", {"turn": 2, "audio_at": 10.6, "reason": "silence"}),
    (11.0, "UtteranceHeard", heard(2, "It is order 4527, 39.90", 9.0, confidence=0.55)),
    (11.1, "SlotFilled", {"slot": "order", "value": "4527", "confidence": 0.6, "source": "said"}),
    (11.2, "SpeakingStarted", says("3", "I have 4 5 2 7. Is that right?")),
    (11.2, "TurnMeasured", waited(2, 400, 10, 20, 70)),
    (15.0, "Escalated", {"queue": "billing", "reason": "flow", "skills": [], "priority": 0,
                         "why": "“charged twice” needs a person"}),
    (31.0, "AgentJoined", {"agent": "u1", "name": "Anna", "role": "agent"}),
    (38.0, "UtteranceHeard", heard(3, "Yes, and nobody told me why", 36.0)),
    (58.0, "AgentLeft", {"agent": "u1", "role": "agent", "reason": "ended"}),
    (60.0, "CallEnded", {"reason": "completed"}),
)  # fmt: skip


def flac(seconds: float = SECONDS) -> bytes:
    """Two voices in turn: the caller on the left, all others on the right."""
    time = np.arange(int(seconds * RATE)) / RATE
    chance = np.random.default_rng(1).normal(0, 0.05, time.size)
    voice = (0.3 * np.sin(2 * np.pi * 180 * time) + chance) * np.abs(np.sin(2 * np.pi * 2 * time))
    left = voice * ((time % 10 > 4) & (time % 10 < 6.5))
    right = 0.6 * voice * ((time % 10 > 7) | (time % 10 < 2))
    both = (np.column_stack([left, right]) * 32_767).astype(np.int16)
    file = io.BytesIO()
    soundfile.write(file, both, RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def tell(server: WallServer) -> None:
    """The server has this call."""
    server.record, server.events, server.wrapups = RECORD, EVENTS, WRAPUPS
    server.recording = flac()
    server.answers["/packet"] = 200, desk.PACKET
    ended = desk.state("ended", 60.0, reason="completed")
    for changes in [*desk.BOT, *desk.TALKING, [ended]]:
        server.happens(*(one for one in changes if one.get("final", True)), told=False)
