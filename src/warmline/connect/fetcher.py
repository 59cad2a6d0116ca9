"""The connector as calls use it: a flow's Fetch in, a FetchFinished out.

Knows which endpoints change something, and nothing of flows.
"""

from collections.abc import Mapping
from typing import Final

from warmline.connect.client import Connector
from warmline.connect.endpoint import EndpointSettings
from warmline.connect.request import Request
from warmline.events import Fetch, FetchFinished

_SAFE: Final = frozenset({"GET"})


class ConnectorFetcher:
    """A `Fetcher` on real HTTP."""

    def __init__(self, connector: Connector, endpoints: Mapping[str, EndpointSettings]) -> None:
        self._connector = connector
        self._safe = {name for name, settings in endpoints.items() if settings.method in _SAFE}

    def is_safe(self, endpoint: str) -> bool:
        return endpoint in self._safe

    async def fetch(self, fetch: Fetch, key: str) -> FetchFinished:
        outcome = await self._connector.fetch(
            Request(
                endpoint=fetch.endpoint,
                values=dict(fetch.values),
                save=dict(fetch.save),
                key=key,
                secrets=fetch.secrets,
            )
        )
        failed = outcome.kind == "error"
        return FetchFinished(
            request_id=fetch.request_id,
            endpoint=fetch.endpoint,
            outcome=outcome.kind,
            code=outcome.code if failed else "",
            values=tuple(outcome.values.items()),
        )
