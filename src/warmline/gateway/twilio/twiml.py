"""Owns the XML that tells a provider what to do with a call (TwiML, cXML, Plivo XML).

Pure. All URLs must be absolute: a relative one in XML sent by REST is error 15004.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

MAX_PARAMETER: Final = 500
"""Characters of a `<Parameter>`'s name and value must be fewer."""
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'


def connect(
    *,
    media_url: str,
    action_url: str,
    status_url: str,
    parameters: Mapping[str, str],
    rescue: list[Element],
    first: str = "",
) -> str:
    """Say `first`, then join the call to our stream, which ends it; `rescue` is for a provider
    that cannot reach the action URL."""
    response = Element("Response")
    if first:
        SubElement(response, "Say").text = _clean(first)
    connecting = SubElement(response, "Connect", {"action": action_url, "method": "POST"})
    stream = SubElement(connecting, "Stream", {"statusCallback": status_url, "url": media_url})
    for name, value in parameters.items():
        if value := _clean(value)[: MAX_PARAMETER - len(name) - 1]:
            SubElement(stream, "Parameter", {"name": name, "value": value})
    response.extend(rescue)
    return _document(response)


def plivo_stream(*, media_url: str, parameters: Mapping[str, str]) -> str:
    """Join a call at Plivo to our stream. Its extra headers pass letters and digits only."""
    headers = ((name, "".join(filter(str.isalnum, value))) for name, value in parameters.items())
    response = Element("Response")
    stream = SubElement(
        response,
        "Stream",
        {
            "bidirectional": "true",
            "keepCallAlive": "true",
            "contentType": "audio/x-mulaw;rate=8000",
            "extraHeaders": ",".join(f"{name}={value}" for name, value in headers if value),
        },
    )
    stream.text = media_url
    return _document(response)


def verbs(*elements: Element) -> str:
    """A document of these verbs, one after the other."""
    response = Element("Response")
    response.extend(elements)
    return _document(response)


def dial(
    destination: str, *, action_url: str = "", caller_id: str, timeout_s: int, call_id: str = ""
) -> Element:
    """Ring a number (`+…`) or a SIP URI; the caller hears ringing until it is answered.

    `action_url` is asked how to go on afterwards; without it the next verb follows. `call_id`
    goes along as a header to SIP phones, so that the agent's desk finds the call.
    """
    dialling = Element("Dial", {"action": action_url} if action_url else {})
    dialling.set("answerOnBridge", "true")
    if caller_id:
        dialling.set("callerId", caller_id)
    dialling.set("timeout", str(timeout_s))
    if destination.startswith("+"):
        SubElement(dialling, "Number").text = destination
    else:
        header = f"?X-Call-Id={quote(call_id, safe='')}" if call_id else ""
        SubElement(dialling, "Sip").text = destination + header
    return dialling


def say(text: str) -> Element:
    saying = Element("Say")
    saying.text = _clean(text)
    return saying


def hang_up() -> Element:
    return Element("Hangup")


def _document(response: Element) -> str:
    return _HEAD + tostring(response, encoding="unicode")


def _clean(text: str) -> str:
    """Without control characters, most of which XML cannot hold."""
    return "".join(char for char in text if char.isprintable())
