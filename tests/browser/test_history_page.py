"""The history: asked by words and filters, shown with the lines that were found, page by page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser import wall_story as story
from browser.looks import readable, sound
from browser.wall_server import WallServer

View = Callable[[WallServer], None]


@pytest.fixture
def server(page: Page) -> WallServer:
    page.set_viewport_size({"width": 1280, "height": 720})
    return WallServer(page)


def found(server: WallServer) -> None:
    server.page.goto("/history?q=charged")
    expect(server.page.get_by_role("list", name="Calls").get_by_role("article")).to_have_count(3)


def nothing(server: WallServer) -> None:
    server.past = []
    server.page.goto("/history?q=elephants")
    expect(server.page.get_by_text("No call with “elephants”.")).to_be_visible()


def test_what_became_of_the_calls_and_the_lines_that_were_found(
    server: WallServer, page: Page
) -> None:
    found(server)
    assert server.searched == [{"q": "charged", "limit": "25"}]
    first, second, third = page.get_by_role("article").all()
    expect(first).to_contain_text("Billing: needs a person · Anna after 0:16 · Refund sent")
    expect(first).to_contain_text("Charged twice for order 4527; refunded.")
    expect(first).to_contain_text("grade 4 of 5")
    expect(first.get_by_role("img", name="sounds upset")).to_be_visible()
    expect(first.get_by_role("link").first).to_have_attribute("href", "/calls/call-1")
    expect(first.locator("mark")).to_have_text(["charged", "charged"])
    lines = first.get_by_role("listitem")
    expect(lines.nth(1)).to_contain_text("0:33 Anna You were charged twice, I see it here.")
    expect(lines.nth(1).get_by_role("link")).to_have_attribute("href", "/calls/call-1#9")
    expect(second).to_contain_text("solved by the bot")
    expect(second).to_contain_text("1:30")
    expect(third).to_contain_text("caller hung up")


def test_a_question_stands_in_the_address(server: WallServer, page: Page) -> None:
    page.goto("/history")
    expect(page.get_by_text("3 calls. Words of calls that go on")).to_be_visible()
    page.get_by_label("Words that were said").fill("charged & co")
    page.get_by_label("Flow").select_option("Order status")
    page.get_by_label("Reason").select_option("asked for a person")
    page.get_by_label("Queue").fill("billing")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape("?q=charged+%26+co&flow=order_status&queue=billing")))
    asked = {"q": "charged & co", "flow": "order_status", "queue": "billing", "reason": "asked"}
    server.until_searched({"limit": "25"}, asked | {"limit": "25"})
    page.reload()
    expect(page.get_by_label("Words that were said")).to_have_value("charged & co")
    expect(page.get_by_label("Flow")).to_have_value("order_status")
    expect(page.get_by_label("Reason")).to_have_value("asked")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label("Words that were said")).to_be_focused()
    expect(page.get_by_label("Words that were said")).to_have_value("")
    page.go_back()
    expect(page.get_by_label("Words that were said")).to_have_value("charged & co")
    assert server.searched[-1]["reason"] == "asked"


def test_page_by_page(server: WallServer, page: Page) -> None:
    server.past = [story.past(f"c{n}", "2026-11-22T08:40:00.000Z") for n in range(30)]
    page.goto("/history")
    calls = page.get_by_role("article")
    expect(calls).to_have_count(25)
    expect(page.get_by_text("The newest 25 calls")).to_be_visible()
    page.get_by_role("button", name="Older calls").click()
    expect(calls).to_have_count(30)
    server.until_searched({"limit": "25"}, {"limit": "25", "before": "c24"})
    expect(calls.nth(25).get_by_role("link").first).to_be_focused()
    expect(page.get_by_role("button", name="Older calls")).to_have_count(0)
    hrefs = [link.get_attribute("href") for link in page.locator("a.call").all()]
    assert hrefs == [f"/calls/c{n}" for n in range(30)]


def test_nothing_is_found(server: WallServer, page: Page) -> None:
    nothing(server)
    expect(page.get_by_role("status").filter(has_text="No call")).to_have_count(1)


@pytest.mark.parametrize(
    ("status", "words"), [(503, "cannot be used now"), (500, "The server answered 500")]
)
def test_no_answer(server: WallServer, page: Page, status: int, words: str) -> None:
    detail = {"detail": "The database cannot be used now."} if status == 503 else {}
    server.answers["history"] = status, detail
    page.goto("/history")
    expect(page.get_by_role("alert")).to_contain_text(words)
    del server.answers["history"]
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_role("alert")).to_have_text("")


def test_what_callers_said_is_text(server: WallServer, page: Page) -> None:
    bad = "<img src=x onerror=alert(1)>"
    line = story.found(3, 2.0, "caller", (bad, False), (bad, True), name=bad)
    server.past = [story.past("c/1", "2026-11-22T08:40:00.000Z", caller=bad, flow=bad, summary=bad,
                              disposition=bad, reason=bad, lines=[line])]  # fmt: skip
    page.goto("/history?q=%3Cimg%20src=x%3E")
    expect(page.locator("mark")).to_have_text(bad)
    expect(page.get_by_text("with “<img src=x>”")).to_be_visible()
    assert page.locator("img").count() == 0
    expect(page.locator("a.call")).to_have_attribute("href", "/calls/c%2F1")


@pytest.mark.parametrize("view", [found, nothing])
def test_it_can_be_read_and_operated_by_everybody(
    server: WallServer, page: Page, view: View, tmp_path: Path
) -> None:
    view(server)
    readable(page, tmp_path)
    sound(page)
    for width in (1280, 900, 360):
        page.set_viewport_size({"width": width, "height": 720})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_screen_reader_s_view(server: WallServer, page: Page) -> None:
    found(server)
    expect(page.get_by_role("main")).to_match_aria_snapshot(
        """
        - heading "History" [level=1]
        - search:
          - textbox "Words that were said": charged
          - combobox "Flow"
          - combobox "Queue"
          - combobox "Reason"
          - button "Search"
          - button "Clear"
        - status: 3 calls with “charged”. Words of calls that go on are not found yet.
        - list "Calls"
        """
    )
