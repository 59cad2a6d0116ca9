"""Owns what this server has a provider do with a call: our settings put into XML. Pure."""

from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from warmline.gateway.twilio import twiml
from warmline.gateway.twilio.calls import Handed, NextStep, Over, Rescue
from warmline.gateway.twilio.settings import TwilioSettings

VOICE: Final = "/twilio/voice"
MEDIA: Final = "/twilio/media"
AFTER_STREAM: Final = "/twilio/after-stream"
AFTER_DIAL: Final = "/twilio/after-dial"
STREAM_STATUS: Final = "/twilio/stream-status"
PLIVO_MEDIA: Final = "/plivo/media"


class Instructions:
    """Documents for one account. `flow` is what the call's webhook asked for, maybe nothing: it
    goes along in each URL, so that the caller comes back to it."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings

    def answer(self, token: str, caller: str, called: str, flow: str, *, first: str = "") -> str:
        """Join the call to our stream."""
        return twiml.connect(
            media_url=self._settings.url(MEDIA, "ws"),
            action_url=self._url(AFTER_STREAM, flow),
            status_url=self._settings.url(STREAM_STATUS),
            parameters={"token": token, "from": caller, "to": called, "flow": flow},
            rescue=self._rescue(),
            first=first,
        )

    def answer_plivo(self, token: str, caller: str, called: str, flow: str) -> str:
        parameters = {"token": token, "from": caller, "to": called, "flow": flow}
        url = self._settings.url(PLIVO_MEDIA, "ws")
        return twiml.plivo_stream(media_url=url, parameters=parameters)

    def answer_again(self, token: str, caller: str, called: str, flow: str) -> str:
        """Take the caller back whom no person answered."""
        first = self._settings.no_answer_text
        return self.answer(token, caller, called, flow, first=first)

    def next_step(self, step: NextStep, flow: str) -> str:
        """What follows on the stream."""
        match step:
            case Handed():
                return self.hand_over(step, flow)
            case Rescue():
                return twiml.verbs(*self._rescue())
            case Over():
                return self.over()

    def hand_over(self, handed: Handed, flow: str) -> str:
        """Ring the person; if none answers, the caller comes back."""
        return twiml.verbs(
            twiml.dial(
                handed.destination,
                action_url=self._url(AFTER_DIAL, flow),
                caller_id=self._settings.caller_id,
                timeout_s=self._settings.dial_timeout_s,
                call_id=handed.call_id,
            )
        )

    def over(self) -> str:
        return twiml.verbs(twiml.hang_up())

    def _rescue(self) -> list[Element]:
        settings = self._settings
        sorry = [twiml.say(settings.rescue_text), twiml.hang_up()]
        if not settings.rescue:
            return sorry
        destination = settings.transfers[settings.rescue]
        dialling = twiml.dial(
            destination, caller_id=settings.caller_id, timeout_s=settings.dial_timeout_s
        )
        return [dialling, *sorry]

    def _url(self, path: str, flow: str) -> str:
        return self._settings.url(path + (f"?{urlencode({'flow': flow})}" if flow else ""))
