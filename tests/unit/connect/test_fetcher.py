"""A flow's Fetch becomes a request, and the outcome a fact."""

import pytest

from warmline.connect.client import Connector
from warmline.connect.endpoint import EndpointSettings
from warmline.connect.fetcher import ConnectorFetcher
from warmline.connect.outcome import Outcome
from warmline.connect.request import Request
from warmline.events import Fetch, FetchFinished

ENDPOINTS = {
    "look": EndpointSettings(url="https://shop.example/orders/{id}"),
    "book": EndpointSettings(url="https://shop.example/orders", method="POST"),
}
FETCH = Fetch(
    request_id="fetch-3",
    endpoint="book",
    values=(("id", "4527"),),
    save=(("eta", "$.eta"),),
    secrets=frozenset({"id"}),
)


def test_only_what_reads_is_safe() -> None:
    fetcher = ConnectorFetcher(Connector({}), ENDPOINTS)
    assert fetcher.is_safe("look")
    assert not fetcher.is_safe("book")
    assert not fetcher.is_safe("nobody")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            Outcome(kind="ok", code="ok", values={"eta": "soon"}, seconds=0.1),
            ("ok", "", (("eta", "soon"),)),
        ),
        (Outcome(kind="not_found", code="not_found", seconds=0.1), ("not_found", "", ())),
        (Outcome(kind="error", code="timeout", seconds=5.0), ("error", "timeout", ())),
    ],
)
async def test_an_outcome_becomes_a_fact(
    monkeypatch: pytest.MonkeyPatch,
    outcome: Outcome,
    expected: tuple[str, str, tuple[tuple[str, str], ...]],
) -> None:
    asked: list[Request] = []

    async def fetch(self: Connector, request: Request) -> Outcome:
        asked.append(request)
        return outcome

    monkeypatch.setattr(Connector, "fetch", fetch)
    fact = await ConnectorFetcher(Connector({}), ENDPOINTS).fetch(FETCH, "call-fetch-3")
    kind, code, values = expected
    assert fact == FetchFinished(
        request_id="fetch-3", endpoint="book", outcome=kind, code=code, values=values
    )
    (request,) = asked
    assert request.key == "call-fetch-3"
    assert (dict(request.values), dict(request.save)) == ({"id": "4527"}, {"eta": "$.eta"})
    assert request.secrets == {"id"}
