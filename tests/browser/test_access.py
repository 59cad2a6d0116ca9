"""For everybody: names and roles, contrast, the keyboard alone, a phone's screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from browser.switchboard import Switchboard

MIN_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text against its ground."""
MIN_TARGET = 24
"""CSS pixels; WCAG 2.2, 2.5.8."""

CONTRASTS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [r, g, b]
        .map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = rgba(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return rgba("Canvas");
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); ) {
        const element = node.parentElement;
        if (!node.data.trim() || element.closest("noscript, .hidden")) continue;
        if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
        const pair = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        found.push([node.data.trim(), ratio]);
    }
    return found;
}"""

NAMELESS = """() => [...document.querySelectorAll("button, a, select, input, meter, [role=log]")]
    .filter((element) => element.checkVisibility())
    .filter((element) => {
        const by = element.getAttribute("aria-labelledby");
        const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent
            ?? (by ? document.getElementById(by)?.textContent : element.textContent);
        return !name?.trim();
    })
    .map((element) => element.outerHTML)"""


def before(page: Page, board: Switchboard) -> None:
    page.goto("/call")
    page.get_by_role("button", name="Test it").click()
    page.get_by_role("meter").wait_for()


def during(page: Page, board: Switchboard) -> None:
    board.call()
    page.get_by_role("button", name="Keypad").click()
    page.get_by_role("button", name="Captions").click()
    board.say(type="caption", who="bot", text="Northwind Orders. How can I help?", final=True)
    board.say(type="caption", who="caller", text="I'd like to know where", final=False)
    board.say(type="quality", loss=0.0, jitter_ms=8, delay_ms=40)


def during_mute(page: Page, board: Switchboard) -> None:
    board.call()
    page.keyboard.press("m")
    page.get_by_role("button", name="Connection").hover()


def after(page: Page, board: Switchboard) -> None:
    during(page, board)
    board.say(type="ended", reason="completed")
    page.get_by_role("button", name="Call again").wait_for()


def refused(page: Page, board: Switchboard) -> None:
    board.refusal = 503, {"code": "busy", "message": ""}
    page.goto("/call")
    page.get_by_role("button", name="Call", exact=True).click()
    page.get_by_role("button", name="Call again").wait_for()


def start(page: Page, board: Switchboard) -> None:
    page.goto("/")
    page.get_by_role("link", name="Bank card").wait_for()
    page.get_by_text("Ready for calls.").wait_for()


VIEWS = [before, during, during_mute, after, refused, start]
View = Callable[[Page, Switchboard], None]


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_to_be_read_can_be_read(
    page: Page, board: Switchboard, view: View, tmp_path: Path
) -> None:
    """Leaves pictures to look at (pytest --basetemp=FOLDER keeps them in one place)."""
    view(page, board)
    page.emulate_media(reduced_motion="reduce")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=tmp_path / f"{view.__name__}-{scheme}.png")
        contrasts = page.evaluate(CONTRASTS)
        assert contrasts
        weak = [(text, round(ratio, 2)) for text, ratio in contrasts if ratio < MIN_CONTRAST]
        assert not weak, scheme


@pytest.mark.parametrize("view", VIEWS)
def test_it_fits_a_phone_s_screen(page: Page, board: Switchboard, view: View) -> None:
    view(page, board)
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for target in page.locator("button:visible, select:visible, label.check:visible").all():
        box = target.bounding_box()
        assert box and min(box["width"], box["height"]) >= MIN_TARGET


@pytest.mark.parametrize("view", VIEWS)
def test_every_control_has_a_name(page: Page, board: Switchboard, view: View) -> None:
    view(page, board)
    assert page.evaluate(NAMELESS) == []
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("main").count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(({id}) => id)")
    assert len(ids) == len(set(ids))


def test_a_whole_call_by_keyboard_alone(page: Page, board: Switchboard) -> None:
    page.goto("/call")
    page.get_by_label("Conversation").wait_for()

    def tab_to(role: str, name: str) -> None:
        target = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        for _ in range(20):
            page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                outline = target.evaluate("element => getComputedStyle(element).outlineStyle")
                assert outline != "none", f"the focus on {name} is not seen"
                return
        raise AssertionError(f"{name} cannot be reached")

    tab_to("combobox", "Conversation")
    page.keyboard.press("ArrowDown")
    tab_to("checkbox", "Show captions of what both of you say")
    page.keyboard.press("Space")
    tab_to("button", "Call")
    page.keyboard.press("Enter")
    board.wait_open()
    board.say(type="started", call_id="call-1")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to("button", "Keypad")
    page.keyboard.press("Enter")
    page.keyboard.type("12")
    tab_to("button", "Hang up")
    page.keyboard.press("Enter")
    tab_to("button", "Call again")
    assert [key["digit"] for key in board.heard("dtmf")] == ["1", "2"]
    assert board.offers[0]["captions"] is True


def test_without_a_mouse_the_quality_s_words_are_there(page: Page, board: Switchboard) -> None:
    board.call()
    page.get_by_role("button", name="Connection").focus()
    expect(page.get_by_role("tooltip")).to_be_visible()


def test_a_screen_reader_s_view_of_a_call(page: Page, board: Switchboard) -> None:
    during(page, board)
    expect(page.get_by_role("main")).to_match_aria_snapshot(
        """
        - status: Connected
        - heading "Order status" [level=1]
        - 'button "Connection: very good"'
        - 'timer "Time of the call"': /\\d:\\d\\d/
        - log "Captions":
          - paragraph: Bot Northwind Orders. How can I help?
        - group "Keypad":
          - button "1"
          - button "2"
        - group "The call":
          - button "Mute"
          - button "Keypad" [pressed]
          - button "Captions" [pressed]
          - button "Hang up"
        """
    )
