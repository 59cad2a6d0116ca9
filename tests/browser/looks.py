"""What a page must be for everybody: readable in both schemes, each control with a name."""

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from browser.test_access import CONTRASTS, MIN_CONTRAST, MIN_TARGET, NAMELESS


def readable(page: Page, pictures: Path) -> None:
    """Contrasts in both schemes. Leaves pictures to look at (pytest --basetemp=FOLDER)."""
    page.emulate_media(reduced_motion="reduce")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=pictures / f"{scheme}.png")
        contrasts = page.evaluate(CONTRASTS)
        assert contrasts
        weak = [(text, round(ratio, 2)) for text, ratio in contrasts if ratio < MIN_CONTRAST]
        assert not weak, scheme


def sound(page: Page) -> None:
    """Names, headings, ids, and targets that can be hit."""
    assert page.evaluate(NAMELESS) == []
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("main").count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(({id}) => id)")
    assert len(ids) == len(set(ids))
    for target in page.locator("button.main:visible, button.plain:visible, select:visible").all():
        box = target.bounding_box()
        assert box and min(box["width"], box["height"]) >= MIN_TARGET
