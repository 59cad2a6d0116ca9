"""The desk's live feed: each entry once and in order, whatever happens to the socket."""

import random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser import desk_story as story
from browser.desk_server import DeskServer, entry, view
from browser.desk_story import CALL

ENTRIES = 400
TAKE = """async ({messages}) => {
    const {CallLog} = await import("/static/desk/log.js");
    const log = new CallLog();
    const outcomes = messages.map((message) => log.take(message, 0).outcome);
    return {outcomes, seq: log.seq, texts: log.of("line").map(({text}) => text)};
}"""


@pytest.fixture
def desk(page: Page) -> DeskServer:
    page.set_viewport_size({"width": 1280, "height": 720})
    return DeskServer(page)


def lines(page: Page) -> list[str]:
    texts: list[str] = page.locator(".line p").all_inner_texts()
    return texts


def says(number: int, text: str = "") -> story.Json:
    return story.line(f"caller-{number}", text or f"line {number}", float(number))


def test_any_order_of_messages_is_taken_once_and_in_order(page: Page, site: str) -> None:
    """What is old is passed over, what comes too early is refused: whoever sends again from the
    first gap on is understood."""
    page.goto("/static/icon.svg")
    chance = random.Random(5)
    for _ in range(20):
        log: list[story.Json] = []
        for seq in range(1, 31):
            key = chance.randint(1, seq)
            gone = chance.random() < 0.1
            change = {"key": f"caller-{key}", "gone": True} if gone else says(key, f"{key}: {seq}")
            log.append({"changes": [change] if chance.random() < 0.8 else []})
        start = chance.randint(0, 10)
        first = {"type": "snapshot", "call": CALL, "seq": start, "view": view(log[:start])}
        sent, have = [first], start
        while have < len(log):
            seq = chance.randint(max(1, have - 5), min(len(log), have + 4))
            sent.append(entry(CALL, seq, log[seq - 1]["changes"]))
            have += seq == have + 1
        taken: dict[str, Any] = page.evaluate(TAKE, {"messages": sent})
        applied = [m["seq"] for m, o in zip(sent, taken["outcomes"], strict=True) if o == "applied"]
        assert applied == list(range(start, len(log) + 1))
        assert taken["texts"] == [each["text"] for each in view(log)]
        assert taken["seq"] == len(log)


def test_lines_change_in_place_and_come_in_order(desk: DeskServer, page: Page) -> None:
    desk.talk()
    desk.happens(story.line("caller-1", "so can", 1.0, unstable="yo", final=False))
    desk.happens(story.line("bot-1", "Hello", 1.5, final=False))
    caller = page.locator('[data-key="caller-1"]')
    expect(caller.locator("p")).to_have_text("so can yo")
    grey = caller.locator("p").evaluate("element => getComputedStyle(element).color")
    place = caller.bounding_box()
    desk.happens(story.line("caller-1", "so can you please", 1.0))
    expect(caller.locator("p")).to_have_text("so can you please")
    dark = caller.locator("p").evaluate("element => getComputedStyle(element).color")
    assert grey != dark, "what is final turns dark"
    assert caller.bounding_box() == place, "a line that changes does not jump"
    desk.happens({"key": "bot-1", "gone": True})
    expect(page.locator(".line")).to_have_count(1)


def test_doubles_and_a_gap(desk: DeskServer, page: Page) -> None:
    desk.talk()
    desk.happens(says(1))
    desk.say(**entry(CALL, 1, [says(1, "again")]))
    desk.happens(says(2), told=False)
    desk.happens(says(3), told=False)
    desk.happens(says(4))  # 2 and 3 are missing: the page asks for them
    expect(page.locator(".line")).to_have_count(4)
    assert lines(page) == ["line 1", "line 2", "line 3", "line 4"]
    asked = [heard for heard in desk.heard if heard["type"] in ("watch", "unwatch")]
    assert asked == [
        {"type": "watch", "call": CALL},
        {"type": "unwatch", "call": CALL},
        {"type": "watch", "call": CALL, "after": 1, "epoch": "e1"},
    ]


def test_what_was_missed_comes_once_the_page_is_back(desk: DeskServer, page: Page) -> None:
    desk.talk()
    for number in range(1, 4):
        desk.happens(says(number))
    expect(page.locator(".line")).to_have_count(3)
    desk.away = True
    desk.socket.close(code=1013, reason="too slow")
    expect(page.get_by_text("reconnecting", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Mute")).to_be_disabled()
    for number in range(4, ENTRIES + 1):
        desk.happens(says(number), told=False)
    desk.away = False
    expect(page.locator(".line")).to_have_count(ENTRIES)
    assert lines(page) == [f"line {number}" for number in range(1, ENTRIES + 1)]
    desk.until_heard(type="watch", after=3, epoch="e1")
    expect(page.get_by_text("reconnecting", exact=True)).to_have_count(0)
    expect(page.locator(".line").last).to_be_in_viewport()


def test_a_server_that_was_started_anew(desk: DeskServer, page: Page) -> None:
    desk.talk()
    desk.happens(says(1, "of the old server"))
    expect(page.get_by_text("of the old server").first).to_be_visible()
    desk.epoch = "e2"
    desk.logs[CALL] = [{"changes": [says(1, "of the new server")]}]
    desk.socket.close(code=1012, reason="restart")
    expect(page.locator(".line p")).to_have_text(["of the new server"])
    desk.until_heard(type="watch", call=CALL)
    assert not [heard for heard in desk.heard if "after" in heard]


def test_a_reset_on_the_same_socket(desk: DeskServer, page: Page) -> None:
    desk.talk()
    desk.happens(says(1), says(2))
    expect(page.locator(".line")).to_have_count(2)
    desk.say(type="reset", epoch="e2")
    desk.say(type="snapshot", call=CALL, seq=1, view=[says(7)])
    expect(page.locator(".line p")).to_have_text(["line 7"])


def test_a_page_tells_what_it_painted_and_when_it_is_behind(desk: DeskServer, page: Page) -> None:
    desk.talk()
    for number in range(1, 101):
        desk.happens(says(number))
    desk.until_heard(type="painted", call=CALL, seq=100)
    painted = [heard["seq"] for heard in desk.heard if heard["type"] == "painted"]
    assert painted == sorted(set(painted))
    assert len(painted) < 100, "at most one in a frame"
    desk.say(type="lag", seconds=0.8)
    desk.say(type="lag", seconds=1.42)
    badge = page.get_by_text("1.4 s behind")
    expect(badge).to_be_visible()
    desk.say(type="lag", seconds=0.3)
    expect(badge).to_have_count(0)


def test_a_socket_that_only_looks_open(desk: DeskServer, page: Page) -> None:
    page.clock.install()
    desk.open()
    desk.let_time_pass(20)
    assert len(desk.sockets) == 1
    desk.deaf = True
    for _ in range(5):
        page.clock.run_for(5_000)
    desk.until_connected(2)


def test_a_page_that_wakes_up_looks_at_once(desk: DeskServer, page: Page) -> None:
    page.clock.install()
    desk.open()
    desk.deaf = True
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    desk.until_heard(type="ping")
    page.clock.run_for(3_000)
    desk.until_connected(2)


def test_a_session_that_ends(desk: DeskServer, page: Page) -> None:
    page.route("**/sign-in**", lambda route: route.fulfill(body="sign in"))
    desk.talk()
    desk.user = None
    desk.socket.close(code=4401, reason="signed out")
    page.wait_for_url("**/sign-in?next=%2Fdesk")


def test_a_socket_that_is_refused_asks_who_is_there(desk: DeskServer, page: Page) -> None:
    page.route("**/sign-in**", lambda route: route.fulfill(body="sign in"))
    desk.open()
    desk.user, desk.away = None, True
    desk.socket.close(code=1011, reason="gone")
    page.wait_for_url("**/sign-in?next=%2Fdesk")


def test_nobody_is_signed_in(desk: DeskServer, page: Page) -> None:
    page.route("**/sign-in**", lambda route: route.fulfill(body="sign in"))
    desk.user = None
    page.goto("/desk")
    page.wait_for_url("**/sign-in?next=%2Fdesk")
    assert not desk.sockets


def test_signing_out(desk: DeskServer, page: Page) -> None:
    page.route("**/sign-in**", lambda route: route.fulfill(body="sign in"))
    desk.open()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in?next=%2Fdesk")
    assert desk.user is None


def test_an_account_without_a_desk(desk: DeskServer, page: Page) -> None:
    assert desk.user is not None
    desk.user["roles"] = ["supervisor"]
    page.goto("/desk")
    expect(page.get_by_role("alert")).to_contain_text("Your account has no desk")
    assert not desk.sockets
