"""The desk for everybody: contrast, names, the keyboard alone, strangers' texts, broken sound."""

import re
import wave
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from browser import desk_story as story
from browser.desk_server import DeskServer
from browser.test_access import CONTRASTS, MIN_CONTRAST, MIN_TARGET, NAMELESS

INSIDE = "document.querySelector('warmline-desk').shadowRoot"
EVIL = "<img src=x onerror='window.hit = true'><script>window.hit = true</script>${1+1}"


@pytest.fixture
def desk(page: Page) -> DeskServer:
    page.set_viewport_size({"width": 1280, "height": 720})
    return DeskServer(page)


def queue(desk: DeskServer) -> None:
    desk.floor |= {"waiting": story.WAITING, "callbacks": story.CALLBACKS}
    desk.open()


def offer(desk: DeskServer) -> None:
    desk.floor |= {"waiting": story.WAITING, "offer": story.OFFER}
    desk.page.goto("/desk")
    desk.page.get_by_role("button", name="Accept").wait_for()


def talking(desk: DeskServer) -> None:
    desk.floor |= {"waiting": story.WAITING[:1], "callbacks": story.CALLBACKS}
    desk.answers["/earlier"] = 200, {"calls": story.EARLIER}
    for changes in [*story.BOT, *story.TALKING]:
        desk.happens(*changes, told=False)
    desk.talk()
    desk.say(type="lag", seconds=1.4)
    desk.happens(story.mood(4, -0.7, 45.0, abstained="noisy"), story.hint(2, compliance=True))
    desk.page.get_by_text("! Must be said").wait_for()


def packet(desk: DeskServer) -> None:
    talking(desk)
    desk.page.get_by_role("button", name="All", exact=True).click()
    desk.page.keyboard.press("?")


def transfer(desk: DeskServer) -> None:
    talking(desk)
    desk.page.get_by_role("button", name="Transfer").click()


def wrap_up(desk: DeskServer) -> None:
    desk.answers["/wrapup"] = 200, story.WRAP_UP | {"second": True}
    desk.answers["/second"] = 200, story.SECOND
    talking(desk)
    desk.let(assignment=story.assigned("wrap_up", 120.0), controls=False)
    desk.page.get_by_role("button", name="Take it").wait_for()


VIEWS = [queue, offer, talking, packet, transfer, wrap_up]


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_to_be_read_can_be_read_and_has_a_name(
    desk: DeskServer, page: Page, view: Callable[[DeskServer], None], tmp_path: Path
) -> None:
    """Leaves pictures to look at (pytest --basetemp=FOLDER keeps them in one place)."""
    view(desk)
    page.emulate_media(reduced_motion="reduce")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=tmp_path / f"{view.__name__}-{scheme}.png")
        contrasts = page.evaluate(inside(CONTRASTS))
        assert len(contrasts) > 10
        weak = [(text, round(ratio, 2)) for text, ratio in contrasts if ratio < MIN_CONTRAST]
        assert not weak, scheme
    assert page.evaluate(inside(NAMELESS)) == []
    assert page.get_by_role("heading", level=1).count() == (2 if view is wrap_up else 1)
    ids = page.evaluate(f"[...{INSIDE}.querySelectorAll('[id]')].map(({{id}}) => id)")
    assert len(ids) == len(set(ids))
    for width, height in ((1280, 720), (1024, 640)):
        page.set_viewport_size({"width": width, "height": height})
        size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert page.evaluate(size) == [width, height], "nothing is out of sight"
    for button in page.locator("button:visible:not(.link)").all():
        box = button.bounding_box()
        small = button.get_attribute("class") == "moment"  # as high as its line
        assert box and min(box["width"], box["height"]) >= (20 if small else MIN_TARGET)


def inside(script: str) -> str:
    """The same look into the desk's own tree."""
    look = script.replace("document.body", INSIDE).replace(
        "document.querySelectorAll", f"{INSIDE}.querySelectorAll"
    )
    look = look.replace("document.getElementById", f"{INSIDE}.getElementById")
    return look.replace("at = at.parentElement", "at = at.parentElement ?? at.getRootNode().host")


def test_a_story_by_keyboard_alone(desk: DeskServer, page: Page) -> None:
    desk.answers["/wrapup"] = 200, story.WRAP_UP
    for changes in story.BOT:
        desk.happens(*changes, told=False)
    offer(desk)
    page.keyboard.press("a")
    page.wait_for_function("() => window.peers?.at(-1)?.channel.readyState === 'open'")
    desk.let(assignment=story.assigned("talking"), waiting=[])
    for changes in story.TALKING:
        desk.happens(*changes)
    expect(page.get_by_role("article")).to_be_visible()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    for key in "mhrd":
        page.keyboard.press(key)
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="Orders")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("mhra means nothing here")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="End the call?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="End the call")).to_be_focused()
    page.keyboard.press("Enter")
    desk.until_asked("/hangup", {})
    assert desk.did("/mute")[-1] == {"on": False}, "what was decided last"
    desk.until_asked("/hold", {"on": True})
    desk.until_asked("/transfer", {"queue": "billing", "note": "mhra means nothing here"})
    desk.until_asked("hints/h1", {"outcome": "dismissed"})
    desk.let(assignment=story.assigned("wrap_up", 120.0))
    page.get_by_label("Refund amount").wait_for()
    expect(page.get_by_role("heading", name="Wrap-up")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("How did it end?")).to_be_focused()
    page.keyboard.press("ArrowDown")
    for _ in range(6):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Done", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    desk.until_asked("call-1.1/accept", {})
    kept = {"summary": story.WRAP_UP["summary"], "fields": story.WRAP_UP["fields"]}
    wrapped = {"disposition": "solved", "notes": "", "resolved": None, **kept}
    desk.until_asked("/wrapup", None, wrapped)


def test_every_control_is_reached_and_seen(desk: DeskServer, page: Page) -> None:
    talking(desk)
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            f"""() => {{
                const element = {INSIDE}.activeElement;
                if (!element) return null;
                const {{outlineStyle, outlineWidth}} = getComputedStyle(element);
                const name = element.ariaLabel ?? element.textContent.replace(/\\s+/g, " ").trim();
                return [name, outlineStyle !== "none" && outlineWidth !== "0px"];
            }}"""
        )
        if focus:
            assert focus[1], f"the focus on {focus[0]} is not seen"
            reached.append(focus[0])
    for name in ("You are", "All", "Use U", "Dismiss D", "Mute M", "Back to bot B", "End ⏎"):
        assert name in reached
    assert len([name for name in reached if name.startswith("Hear ")]) <= 2, "one line of all"
    page.locator(".moment").last.focus()
    page.keyboard.press("Home")
    expect(page.locator(".moment").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Hear Caller at 0:07")).to_be_focused()


def test_letters_can_be_switched_off(desk: DeskServer, page: Page) -> None:
    talking(desk)
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Single keys act").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("h")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert desk.did("/hold") == []


def test_what_screen_readers_are_told(desk: DeskServer, page: Page) -> None:
    talking(desk)
    told = page.locator("[data-polite]")
    desk.happens(story.line("caller-9", "where is", 46.0, final=False))
    expect(page.get_by_text("where is", exact=True)).to_be_visible()
    expect(told).not_to_contain_text("where is")  # not before it is final
    desk.happens(story.line("caller-9", "where is my money", 46.0))
    expect(told).to_have_text("Caller: where is my money")
    desk.happens(story.line("bot-9", "One moment", 47.0))
    desk.happens(story.hint(3, "Look it up"))
    expect(told).to_have_text(re.compile("Hint: Look it up. Say when"))
    expect(page.get_by_role("log", name="What was said")).to_have_attribute("aria-live", "off")


def test_texts_of_strangers_are_only_texts(desk: DeskServer, page: Page) -> None:
    evil_packet = story.PACKET | {"opening": EVIL, "who": {"caller": EVIL, "identity": "unknown"}}
    desk.floor |= {
        "waiting": [story.WAITING[0] | {"why": EVIL, "queue": EVIL}],
        "callbacks": [story.CALLBACKS[0] | {"number": "javascript:alert(1)"}],
    }
    desk.answers |= {
        "/wrapup": (
            200,
            {"summary": EVIL, "dispositions": [EVIL], "fields": {EVIL: EVIL}, "second": True},
        ),
        "/second": (200, {"text": EVIL, "sentences": [{"text": EVIL, "lines": [999]}]}),
    }
    desk.happens(
        story.line("caller-1", EVIL, 1.0, name=EVIL, unstable=EVIL),
        story.hint(1, EVIL, text=EVIL, source=EVIL, link="javascript:window.hit=true"),
        story.mood(1, 0.0, 1.0, reasons=[EVIL]),
        {"key": "alert-x", "kind": "alert", "rule": "x", "severity": "harm", "text": EVIL, "at": 1},
        {"key": "packet", "kind": "packet", "packet": evil_packet},
        told=False,
    )  # fmt: skip
    desk.talk()
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator(".line p")).to_contain_text(EVIL)
    desk.let(assignment=story.assigned("wrap_up", 120.0))
    expect(page.get_by_label("Summary")).to_have_value(EVIL)
    expect(page.locator(".second li")).to_have_text(EVIL)
    assert page.evaluate("window.hit") is None
    assert page.locator("warmline-desk img, warmline-desk script").count() == 0
    assert page.get_by_role("link").evaluate_all("all => all.map(({href}) => href)") == ["tel:1"]


def test_no_microphone(desk: DeskServer, page: Page) -> None:
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.broken = "NotFoundError";
        navigator.mediaDevices.getUserMedia = async (wish) => {
            if (window.broken) throw new DOMException("", window.broken);
            return ask(wish);
        };"""
    )
    offer(desk)
    notice = page.locator(".notice")
    again = page.get_by_role("button", name="Try again")
    expect(notice).to_contain_text("There is no microphone. Callers could not hear you.")
    for error, words in (
        ("NotAllowedError", "The microphone is not allowed"),
        ("NotReadableError", "The microphone cannot be used"),
    ):
        page.evaluate("name => (window.broken = name)", error)
        again.click()
        expect(notice).to_contain_text(words)
    accept = page.get_by_role("button", name="Accept")
    accept.click()
    expect(notice).to_have_count(1)
    assert desk.did("/accept") == [], "nobody accepts a caller who could not hear them"
    page.evaluate("window.broken = ''")
    again.click()
    expect(notice).to_have_count(0)
    accept.click()
    desk.until_asked("/accept", {})


def test_no_way_for_the_sound(desk: DeskServer, page: Page) -> None:
    offer(desk)
    page.clock.install()
    page.evaluate("window.noPath = true")
    page.get_by_role("button", name="Accept").click()
    page.wait_for_function("() => window.peers?.at(-1)?.answer")
    page.clock.run_for(11_000)
    expect(page.locator(".notices")).to_contain_text("No way for the sound")
    page.evaluate("window.noPath = false")
    page.get_by_role("button", name="Try again").click()
    desk.until_asked("/media", {})


def test_sound_that_breaks_off_comes_back(desk: DeskServer, page: Page) -> None:
    desk.talk()
    page.evaluate("peers[0].fail()")
    page.wait_for_function("() => peers.length === 2 && peers[1].channel.readyState === 'open'")
    first, second = desk.did("webrtc/offer")
    assert "pc_id" not in first
    assert second["pc_id"] == "pc-1", "in our old place, so that the caller hears no change"
    page.wait_for_function("() => peers[0].closed")
    expect(page.locator(".notice")).to_have_count(0)


def silence() -> bytes:
    """A tenth of a second for two ears."""
    with BytesIO() as file:
        with wave.open(file, "wb") as wav:
            wav.setparams((2, 2, 16_000, 1_600, "NONE", ""))
            wav.writeframes(bytes(6_400))
        return file.getvalue()


def test_a_line_is_heard_again(desk: DeskServer, page: Page) -> None:
    desk.answers["/clip"] = 200, silence()
    talking(desk)
    page.get_by_text("I was charged twice for my order").click()
    desk.until_asked("/clip", None)
    assert "clip?begin=4.2&end=9" in desk.asked[-1][1]
    desk.answers["/clip"] = 409, {"detail": "This moment is not kept.", "taken_by": ""}
    page.get_by_role("button", name="Hear Bot at 0:03").click()
    expect(page.locator(".notices")).to_contain_text("This moment is not kept.")


def test_what_is_known_leads_to_its_line(desk: DeskServer, page: Page) -> None:
    talking(desk)
    page.get_by_role("button", name="order 4527").click()
    expect(page.locator('[data-key="caller-2"]')).to_have_attribute("data-shown", "")
    page.get_by_role("button", name="Say that you are automated").click()
    expect(page.locator('[data-key="bot-1"]')).to_have_attribute("data-shown", "")
    sure, unsure = page.locator(".mark[data-sure=true]"), page.locator(".mark[data-sure=false]")
    style = "e => { const s = getComputedStyle(e); return [s.color, s.fontStyle]; }"
    assert sure.first.evaluate(style) != unsure.first.evaluate(style)
    edge = "e => getComputedStyle(e.closest('li')).borderStyle"
    assert sure.first.evaluate(edge) != unsure.first.evaluate(edge)


def test_the_desk_within_another_page(desk: DeskServer, page: Page, site: str) -> None:
    """Of the same site; its styles and the desk's do not touch each other."""
    body = f"""<!doctype html><title>CRM</title><style>h1, p {{ color: red !important }}</style>
        <h1>Customer</h1><input aria-label="Search"><warmline-desk server="{site}"></warmline-desk>
        <script type="module" src="/static/views/desk-element.js"></script>"""
    page.route("**/crm", lambda route: route.fulfill(body=body, content_type="text/html"))
    desk.floor["waiting"] = story.WAITING
    page.goto("/crm")
    heading = page.get_by_role("heading", name="No call")
    expect(heading).to_be_visible()
    assert heading.evaluate("e => getComputedStyle(e).color") != "rgb(255, 0, 0)"
    ground = f"getComputedStyle({INSIDE}.host).backgroundColor"
    assert page.evaluate(ground) == "rgb(243, 244, 245)", "the tokens are there without base.css"
    page.get_by_label("Search").press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.title() == "CRM"
    desk.user = None
    desk.socket.close(code=4401, reason="signed out")
    expect(page.get_by_role("link", name="Sign in")).to_have_attribute("target", "_blank")
    desk.user = dict(story.USER)
    page.get_by_role("button", name="Go on here").click()
    expect(heading).to_be_visible()
