"""Pages of Warmline in a headless Chromium, and what they had painted when.

Knows what `desk_screen.js` keeps inside each page. All moments are `time.monotonic()`: Chromium
and this process read the same clock, the distance between the two is measured.
"""

import base64
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import soundfile
from playwright.async_api import Browser, Page, async_playwright

from desk_people import Somebody
from warmline.audio.frame import RATE, Pcm
from warmline.errors import WarmlineError

INSIDE: Final = Path(__file__).with_suffix(".js")
SWITCHES: Final = (
    "--no-sandbox",  # as root in a container
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
_LOOKS: Final = 30


@dataclass(slots=True)
class Screen:
    page: Page
    zero: float = 0.0
    """`performance.now()` was 0 then."""

    async def open(self, path: str) -> None:
        await self.page.goto(path)
        await self.set_clock()

    async def set_clock(self) -> None:
        """The quickest of several looks at the page's clock is the best one."""
        looks = []
        for _ in range(_LOOKS):
            before = time.monotonic()
            there = await self.page.evaluate("performance.now()")
            after = time.monotonic()
            looks.append((after - before, (before + after) / 2 - there / 1000))
        self.zero = min(looks)[1]

    def moment(self, milliseconds: float) -> float:
        return self.zero + milliseconds / 1000

    async def kept(self, what: str) -> list[dict[str, Any]]:
        """`painted` or `told`, with `at` on our clock."""
        found: list[dict[str, Any]] = await self.page.evaluate(f"bench.{what}")
        return [{**one, "at": self.moment(one["at"])} for one in found]

    async def speak(self, samples: Pcm) -> None:
        """Into the page's microphone (16 kHz); it goes on when this returns."""
        file = BytesIO()
        soundfile.write(file, samples, RATE, format="WAV")
        sound = base64.b64encode(file.getvalue()).decode()
        await self.page.evaluate("sound => bench.speak(sound)", sound)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        raise WarmlineError("there is no chromium; install Debian's package of that name")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*SWITCHES])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def screen(browser: Browser, who: Somebody, path: str) -> AsyncIterator[Screen]:
    """A page that this user has opened, on a laptop's screen."""
    async with await browser.new_context(
        base_url=who.url, viewport={"width": 1280, "height": 720}
    ) as context:
        for name, value in who.cookies.items():
            await context.add_cookies([{"name": name, "value": value, "url": who.url}])
        await context.add_init_script(path=INSIDE)
        context.set_default_timeout(20_000)
        shown = Screen(await context.new_page())
        await shown.open(path)
        yield shown
