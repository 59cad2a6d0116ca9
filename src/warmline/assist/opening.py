"""What a person may say first, so that the caller need not repeat anything. Pure.

What nobody confirmed is asked, never stated; what the caller told is told back as what was
understood, and only where the words were heard well.
"""

from typing import Final

from warmline.assist.caller_words import told_back
from warmline.assist.packet import Intent, Packet
from warmline.assist.sentences import sentence

LOW: Final = -0.4
"""A mood from which on it is spoken of."""
SURE: Final = 0.6
"""Confidence of the recogniser from which on a caller's words are told back."""
_CLOSE: Final = "Let me look at that with you."


def opening(packet: Packet) -> str:
    """Two to four short sentences; they fit whatever the agent finds next."""
    about, thing = _about(packet), _thing(packet)
    if about or thing:
        return _spoken("Hi.", _sorry(packet), about, thing, _CLOSE)
    if packet.slots:
        seen = "I can see what you told our assistant, so you needn't repeat it."
        return _spoken("Hi.", _sorry(packet), seen, _CLOSE)
    return _spoken("Hi.", _sorry(packet) or "Thank you for waiting.", "How can I help you?")


def _spoken(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _sorry(packet: Packet) -> str:
    """A word about what went wrong, where something did."""
    kinds = [failure.kind for failure in packet.failures]
    reason = packet.why.reason if packet.why else ""
    if packet.moods and packet.moods[-1].mood <= LOW or reason in ("mood", "frustrated"):
        return "I'm sorry that this has been so tiring for you."
    if kinds.count("no_match") + kinds.count("rejected") > 1:
        return "I'm sorry that our assistant had trouble understanding you."
    if "error" in kinds:
        return "I'm sorry that our system didn't answer just now."
    return ""


def _about(packet: Packet) -> str:
    """What the caller wants, in their words if these can be told back."""
    intent = packet.intent
    if intent is None:
        return ""
    if told := _told(intent):
        return sentence(f"I understand {told}")
    return "" if intent.vague else sentence(f"I see you called about {intent.asked}")


def _told(intent: Intent) -> str:
    heard = intent.words and intent.confidence >= SURE
    return told_back(intent.words) if heard else ""


def _thing(packet: Packet) -> str:
    """The order, the unit … that it is about: stated when it was confirmed, else asked."""
    named = [slot for slot in packet.slots if slot.identifies]
    if not named:
        return ""
    slot = named[-1]
    if not slot.verified:
        return f"Is it about {slot.label} {slot.spoken}?"
    if any(f"{slot.label} {slot.written}" in failure.things for failure in packet.failures):
        return f"We couldn't find {slot.label} {slot.spoken}."
    return f"I have {slot.label} {slot.spoken} here."
