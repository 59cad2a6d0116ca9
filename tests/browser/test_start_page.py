"""The start page: where to go, the flows, how the server is."""

import pytest
from playwright.sync_api import Page, Route, expect


def test_the_cards_and_the_flows(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("navigation", name="Pages")).to_contain_text("Talk with a flow")
    cards = page.get_by_role("navigation", name="Pages").get_by_role("link")
    for card, path in zip(cards.all(), ("/call", "/desk", "/wall"), strict=True):
        expect(card).to_have_attribute("href", path)
    expect(page.get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_text("Ready for calls.")).to_be_visible()
    expect(page.get_by_text("warmline config")).to_be_visible()
    expect(page.get_by_text("version 1.2.3")).to_be_visible()
    page.get_by_role("link", name="Bank card").click()
    expect(page.get_by_label("Conversation")).to_have_value("bank_card")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"ready": false, "workers": {"voice": false}}', "Not ready: voice not ready."),
        ('{"ready": false, "records": {"state": "failing"}}', "the record cannot be written"),
        ('{"ready": false}', "still starting"),
        ("<html>a proxy</html>", "The server does not answer."),
    ],
)
def test_a_server_that_is_not_well(page: Page, body: str, words: str) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=503, body=body)

    page.route("**/readyz", answer)
    page.goto("/")
    expect(page.get_by_role("status")).to_contain_text(words)


def test_no_server(page: Page) -> None:
    page.route("**/readyz", lambda route: route.abort())
    page.route("**/api/flows", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_role("status")).to_have_text("The server does not answer.")
