"""The supervisor's wall, told by a scripted server: who needs help, the figures."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from browser import desk_story as desk
from browser import wall_story as story
from browser.looks import readable, sound
from browser.wall_server import WallServer

View = Callable[[WallServer], None]


@pytest.fixture
def wall(page: Page) -> WallServer:
    page.set_viewport_size({"width": 1280, "height": 720})
    return WallServer(page)


def looking(wall: WallServer) -> None:
    """At the call of a caller who was charged twice."""
    for changes in desk.BOT + desk.TALKING:
        wall.happens(*changes, told=False, call="call-2")
    wall.open_wall()
    wall.page.get_by_role("button", name="+1 555 0102", exact=True).click()
    expect(wall.page.get_by_text("so can you")).to_be_visible()


def hearing(wall: WallServer) -> None:
    wall.hear()


def with_table(wall: WallServer) -> None:
    wall.open_wall()
    wall.page.get_by_text("As a table").click()


def test_the_numbers_and_the_calls_that_need_somebody_first(wall: WallServer, page: Page) -> None:
    wall.open_wall()
    expect(page.locator(".numbers > div")).to_have_text(
        ["In bot 2", "Waiting 1", "Talking 2", "Agents free 1"]
    )
    calls = page.get_by_role("table", name="Calls").get_by_role("row")
    names = calls.get_by_role("rowheader").get_by_role("button")
    expect(names).to_have_text([
        *("+1 555 0103", "+1 555 0102", "Unknown number", "+1 555 0101", "+1 555 0104"),
        "+1 555 0106",
    ])  # fmt: skip
    first = calls.nth(1)
    expect(first).to_contain_text("waiting 2:14")
    expect(first).to_contain_text("severe: The caller speaks of a complaint or a lawyer")
    expect(first.get_by_role("img", name="sounds very upset")).to_be_visible()
    expect(first.get_by_role("listitem").last).to_have_text("and 2 more")
    expect(calls.nth(2)).to_contain_text("talking 3:10 Bob")
    calmer = [{**call, "alerts": [], "mood": 0.0} for call in story.CALLS]
    calmer[0]["alerts"] = [story.alert("dead_air", "harm", "Nobody has spoken")]
    wall.let(calls=calmer)
    expect(names.first).to_have_text("+1 555 0101")
    told = page.locator("[data-polite]")
    expect(told).to_have_text("Alert. +1 555 0101: Nobody has spoken")


def test_queues_and_agents(wall: WallServer, page: Page) -> None:
    wall.open_wall()
    queues = page.get_by_role("table", name="Queues").get_by_role("row")
    expect(queues).to_have_text([
        "Queue Waiting Longest In time Free", "Billing 1 2:14 71 % 0", "Orders 0 – 93 % 1",
        "Returns closed 0 – – 0",
    ])  # fmt: skip
    agents = page.get_by_role("table", name="Agents").get_by_role("row")
    expect(agents.nth(1)).to_have_text("Anna Available 0:09")
    expect(agents.nth(2)).to_have_text("Bob On a call 3:10")


def test_times_go_on_by_the_server_s_time(wall: WallServer, page: Page) -> None:
    page.clock.install(time="2001-01-01")
    wall.open_wall()
    expect(page.get_by_text("waiting 2:14")).to_be_visible()
    page.clock.run_for(9_000)
    expect(page.get_by_text("waiting 2:23")).to_be_visible()


def test_a_call_is_looked_at(wall: WallServer, page: Page) -> None:
    looking(wall)
    look = page.get_by_role("region", name="Call with")
    expect(look.get_by_role("heading", name="Call with +1 555 0102")).to_be_focused()
    expect(look).to_contain_text("Handed over: “charged twice” needs a person")
    expect(look).to_contain_text("pitch +4 semitones")
    expect(look.get_by_role("link", name="its page")).to_have_attribute("href", "/calls/call-2")
    seq = wall.happens(desk.line("caller-9", "hello?", 50.0), call="call-2")
    expect(look.get_by_text("hello?")).to_be_visible()
    wall.until_heard(type="painted", call="call-2", seq=seq)
    page.keyboard.press("Escape")
    expect(look).to_have_count(0)
    wall.until_heard(type="unwatch", call="call-2")
    expect(page.get_by_role("button", name="+1 555 0102", exact=True)).to_be_focused()


def test_the_figures(wall: WallServer, page: Page) -> None:
    with_table(wall)
    trends = page.get_by_role("region", name="Trends")
    figure = trends.get_by_role("figure")
    expect(figure.filter(has_text="Answered in time")).to_contain_text("82 %")
    expect(figure.filter(has_text="Bot's answer")).to_contain_text("0.62 s")
    reasons = trends.get_by_role("table", name="Why people were needed").get_by_role("row")
    expect(reasons).to_have_text(["asked for a person 7", "was not understood 4", "sounds upset 2"])
    table = page.get_by_role("region", name="Figures by hour and by queue")
    expect(table.get_by_role("row")).to_have_count(1 + 5 + 1 + 1)
    last = table.get_by_role("row", name="In all")
    expect(last.get_by_role("cell")).to_have_text([
        *("41", "64 %", "30 %", "82 %", "18 s", "3.6 min", "77 %", "4.1", "87 %", "0.62 s")
    ])  # fmt: skip
    expect(trends).to_contain_text("41 calls, 11 answered by people, 2 gave up")
    trends.get_by_label("Time").select_option("Last 7 days")
    wall.until_stats(24, 168)


def test_nothing_goes_on(wall: WallServer, page: Page) -> None:
    wall.floor |= {"calls": [], "queues": [], "agents": []}
    none = dict.fromkeys(story.STATS["total"])
    total = none | {"calls": 0, "reasons": [], "answered": 0, "abandoned": 0, "callbacks": 0}
    wall.answers["stats"] = 200, story.STATS | {"total": total, "hours": [], "queues": []}
    page.goto("/wall")
    expect(page.get_by_text("No call goes on.")).to_be_visible()
    expect(page.get_by_text("No agent is signed in.")).to_be_visible()
    expect(page.get_by_role("figure").filter(has_text="Handling time")).to_contain_text("–")


def test_figures_that_do_not_come(wall: WallServer, page: Page) -> None:
    wall.answers["stats"] = 503, {"detail": "The database cannot be used now."}
    wall.open_wall()
    expect(page.get_by_text("The database cannot be used now.")).to_be_visible()


def test_the_feed_comes_back(wall: WallServer, page: Page) -> None:
    wall.open_wall()
    wall.socket.close(code=1011)
    wall.until_connected(2)
    wall.let(calls=[story.call("call-8", "bot", 1.0)])
    expect(page.get_by_role("button", name="+1 555 0108", exact=True)).to_be_visible()
    expect(page.get_by_text("reconnecting")).to_have_count(0)


def test_only_supervisors(wall: WallServer, page: Page) -> None:
    wall.user = dict(desk.USER)
    page.goto("/wall")
    expect(page.get_by_role("heading", name="This page is for supervisors")).to_be_visible()
    assert not wall.sockets
    assert not wall.asked


@pytest.mark.parametrize("path", ["/wall", "/history?q=x", "/calls/call-1"])
def test_whoever_is_not_signed_in_comes_back_here(wall: WallServer, page: Page, path: str) -> None:
    def signs_in(route: Route) -> None:
        route.fulfill(body="<title>Sign in</title>", content_type="text/html")

    page.route("**/sign-in?*", signs_in)
    wall.user = None
    page.goto(path)
    page.wait_for_url(re.compile("sign-in"))
    assert page.url.partition("next=")[2] == path.replace("/", "%2F").replace("?", "%3F").replace(
        "=", "%3D"
    )


def test_a_session_that_ends(wall: WallServer, page: Page) -> None:
    page.route("**/sign-in?*", lambda route: route.fulfill(body="", content_type="text/html"))
    wall.open_wall()
    wall.user = None
    wall.socket.close(code=4401)
    page.wait_for_url(re.compile("sign-in"))


HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}\u202e</script>"


def test_hostile_texts_are_texts(wall: WallServer, page: Page) -> None:
    bad = story.call("call-1", "waiting", 9.0, -0.5, caller=HOSTILE, flow=HOSTILE,
                     agents=[story.person("agent", HOSTILE)],
                     alerts=[story.alert("r", "harm", HOSTILE)])  # fmt: skip
    queue = story.QUEUES[0] | {"name": HOSTILE}
    agent = story.AGENTS[0] | {"name": HOSTILE}
    wall.floor |= {"calls": [bad], "queues": [queue], "agents": [agent]}
    wall.happens(desk.line("caller-1", HOSTILE, 1.0), told=False)
    total = story.STATS["total"] | {"reasons": [[HOSTILE, 3]]}
    wall.answers["stats"] = 200, story.STATS | {"total": total, "queues": []}
    wall.open_wall()
    page.get_by_role("table", name="Calls").get_by_role("button").first.click()
    expect(page.locator(".line p")).to_have_text(HOSTILE)
    assert page.locator("img, script[src=x]").count() == 0


def test_how_a_mood_went_is_there_at_once(wall: WallServer, page: Page) -> None:
    falling = [story.call("call-1", "talking", 9.0, 0.0, moods=[0.5, 0.4, 0.0])]
    wall.floor |= {"calls": [*falling, story.call("call-2", "bot", 9.0)]}
    wall.open_wall()
    rows = page.get_by_role("table", name="Calls").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("mood falls")
    line = rows.nth(1).locator("path.line")
    assert (line.get_attribute("d") or "").count("L") == 2
    expect(rows.nth(2).locator("path.line")).to_have_count(0)
    wall.let(calls=[story.call("call-1", "talking", 12.0, 0.0, moods=[0.0, 0.0, 0.0, 0.0])])
    expect(rows.nth(1)).not_to_contain_text("mood falls")


@pytest.mark.parametrize("view", [looking, hearing, with_table])
def test_it_can_be_read_and_operated_by_everybody(
    wall: WallServer, page: Page, view: View, tmp_path: Path
) -> None:
    view(wall)
    readable(page, tmp_path)
    sound(page)
    for width in (1280, 900):
        page.set_viewport_size({"width": width, "height": 720})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
