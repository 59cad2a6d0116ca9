"""The panel of any call: as it is now, of one that goes on at once, of another from its record;
or as it was."""

from warmline.desk.panel import Panel
from warmline.desk.panels import Panels
from warmline.desk.refusals import UnknownCall
from warmline.desk.replay import Record, flow_of, fold


class Lookup:
    def __init__(self, panels: Panels, record: Record) -> None:
        self._panels = panels
        self._record = record

    async def panel(self, call_id: str, upto: int | None = None) -> Panel:
        """As it was at the entry `upto`, or as it is now. Only to be read.

        Raises UnknownCall, StoreError.
        """
        room = self._panels.room(call_id)
        if room is not None and (upto is None or room.seq <= upto):
            return room.panel
        try:
            panel = self._panels.new_panel(await flow_of(self._record, call_id))
        except LookupError:
            raise UnknownCall from None
        await fold(self._record, panel, call_id, upto)
        return panel

    async def about(self, call_id: str) -> tuple[str, str]:
        """Its flow and its caller id. Raises UnknownCall, StoreError."""
        if (room := self._panels.room(call_id)) is not None:
            return room.started.flow, room.started.caller
        if (call := await self._record.call(call_id)) is None:
            raise UnknownCall
        return str(call.flow), str(call.caller)
