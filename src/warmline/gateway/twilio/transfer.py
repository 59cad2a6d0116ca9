"""Owns how a caller on a stream is led to a person: by REST at once, or when the stream ends.

Must not know sockets. Only destinations that the settings name are ever dialled.
"""

import logging
from typing import Final

from warmline.gateway.twilio.calls import CallBook, Handed
from warmline.gateway.twilio.instructions import Instructions
from warmline.gateway.twilio.rest import CallApi, Updated
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.ports import Handover

_LOG: Final = logging.getLogger(__name__)


class Transfer:
    def __init__(self, settings: TwilioSettings, book: CallBook) -> None:
        self._settings = settings
        self._book = book
        self._instructions = Instructions(settings)
        self._api = CallApi(
            settings.api_url, settings.account_sid, settings.auth_token, settings.rest_timeout_s
        )

    async def lead(self, call: str, handover: Handover, flow: str) -> bool:
        """Whether the caller is on the way to a person; False when the queue has nobody, or the
        caller has hung up.

        When REST fails, the end of the stream leads them: the provider then asks what to do.
        """
        destination = self._settings.destination(handover.queue)
        if destination is None:
            return False
        handed = Handed(destination=destination, call_id=handover.summary_id)
        self._book.handed_over(call, handed)
        if not self._settings.account_sid:
            return True
        match await self._api.update(call, self._instructions.hand_over(handed, flow)):
            case Updated.DONE:
                return True
            case Updated.GONE:
                return False
            case Updated.FAILED:
                _LOG.warning(
                    "call %s: transfer by REST failed; the end of the stream leads the caller on",
                    handover.summary_id,
                )
                return True
