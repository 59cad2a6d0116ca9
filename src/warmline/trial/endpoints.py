"""Endpoints whose answers are written down. Pure; knows no HTTP."""

from collections.abc import Mapping

from warmline.events import Fetch, FetchFinished
from warmline.trial.conversation import Reply


class ScriptedEndpoints:
    """Answers in order; the last one of each endpoint stays."""

    def __init__(self, replies: Mapping[str, tuple[Reply, ...]]) -> None:
        self._replies = {name: list(some) for name, some in replies.items()}

    def script(self, endpoint: str, reply: Reply) -> None:
        """The endpoint's answer from now on."""
        self._replies[endpoint] = [reply]

    def next(self, endpoint: str) -> Reply | None:
        """None when nothing is written for it."""
        replies = self._replies.get(endpoint)
        if not replies:
            return None
        return replies.pop(0) if len(replies) > 1 else replies[0]


def finished(fetch: Fetch, reply: Reply) -> FetchFinished:
    """The reply as the answer to this request."""
    return FetchFinished(
        request_id=fetch.request_id,
        endpoint=fetch.endpoint,
        outcome=reply.outcome,
        code=reply.error or "",
        values=tuple((reply.ok or {}).items()),
    )
