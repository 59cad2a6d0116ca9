"""The whole story, in two browsers and with real models: a caller talks to the bot, is frustrated,
asks for a person; an agent sees all of it before accepting, talks, is helped, and writes it up.

The run leaves screenshots in `.artefacts`.
"""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from browser.spoken import RATE, VOICES, Caller, Say, Server, events_of, model, served
from browser.stage import Complaints, Launch
from warmline.audio import files
from warmline.hearing.whisper import Whisper
from warmline.spoken import words

pytestmark = pytest.mark.real

ARTEFACTS = Path(__file__).parents[2] / ".artefacts"
PASSWORD = "seven pale lanterns"
LAPTOP = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("server"), "--flow", "customer_care") as found:
        yield found


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the agent says, again and again: a recording of a man who reads Beckett."""
    file = tmp_path_factory.mktemp("microphone") / "beckett.wav"
    soundfile.write(file, files.read(model("beckett") / "beckett.wav", RATE), RATE)
    return file


def shot(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def opened(browser: Browser, server: Server, complaints: Complaints) -> Page:
    context = browser.new_context(base_url=server.url, viewport=LAPTOP, color_scheme="light")
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints.watch(page)
    return page


def make_the_admin(page: Page, server: Server) -> None:
    page.goto(server.first_link)
    page.get_by_label("Your name").fill("Ruth")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    page.wait_for_url("**/users")


def add(page: Page, login: str, role: str) -> str:
    """A new user; the link with which they set their password."""
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("Login").fill(login)
    page.get_by_label("Name").fill(login.title())
    for name in ("Agent", "Supervisor", "Administrator"):
        page.get_by_role("checkbox", name=name).set_checked(name == role)
    page.get_by_role("button", name="Add and get a link").click()
    link = page.get_by_role("textbox", name=f"A link for {login.title()}").input_value()
    page.get_by_role("button", name="Done").click()
    return link


def join(page: Page, link: str) -> None:
    """With their link, at their own computer."""
    page.goto(link)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    page.wait_for_url(re.compile("/(desk|wall|users)$"))


def hear(page: Page, ears: Whisper, seconds: float) -> str:
    """What the agent's page plays."""
    heard = page.evaluate(
        """async (ms) => {
            const audio = document.querySelector("warmline-desk").shadowRoot.querySelector("audio");
            const recorder = new MediaRecorder(audio.srcObject);
            const chunks = [];
            recorder.ondataavailable = ({ data }) => chunks.push(data);
            recorder.start();
            await new Promise((resolve) => setTimeout(resolve, ms));
            await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
            const bytes = await new Blob(chunks).arrayBuffer();
            const sound = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(bytes);
            const whole = Int16Array.from(sound.getChannelData(0).map((s) => s * 32_767));
            let text = "";
            for (const byte of new Uint8Array(whole.buffer)) text += String.fromCharCode(byte);
            return btoa(text);
        }""",
        seconds * 1000,
    )
    return ears.transcribe(np.frombuffer(base64.b64decode(heard), dtype=np.int16)).text


def test_a_frustrated_caller_is_handed_over_and_says_nothing_twice(
    launch: Launch,
    server: Server,
    complaints: Complaints,
    say: Say,
    ears: Whisper,
    microphone: Path,
) -> None:
    browser = launch(
        "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"
    )
    admin = opened(browser, server, complaints)
    make_the_admin(admin, server)
    anna_link, ben_link = add(admin, "anna", "Agent"), add(admin, "ben", "Supervisor")
    desk, wall = (opened(browser, server, complaints) for _ in range(2))
    join(desk, anna_link)
    desk.get_by_role("combobox", name="You are").select_option("Available")
    join(wall, ben_link)
    wall.goto("/wall")

    # The caller and the bot.
    phone = opened(launch("--use-fake-ui-for-media-stream"), server, complaints)
    phone.add_init_script(path=VOICES)
    caller = Caller(phone, say, ears)
    caller.call("customer_care")
    caller.listen()
    for sentence in (
        "Yes, that's fine.",
        "Hello, I'd like to know where my order is.",
        "four five two seven",
        "Yes, that's right.",
        "This is ridiculous. This is the third time I call. I want to speak to a person!",
    ):
        caller.speak(sentence)
        if "person" not in sentence:
            caller.listen()
    call_id = caller.call_id

    # The agent sees it all before accepting.
    offer = desk.get_by_role("region", name="Offer")
    expect(offer).to_be_visible(timeout=30_000)
    expect(offer).to_contain_text("asked for a person")
    expect(offer).to_contain_text("4527")
    expect(offer).to_contain_text("verified")
    shot(desk, "offer")
    desk.keyboard.press("a")
    expect(phone.get_by_text(re.compile("Anna (speaks|listens)"))).to_be_visible(timeout=20_000)

    # Both hear each other, and what both say is written down.
    caller.record()
    transcript = desk.get_by_role("log", name="What was said")
    expect(transcript).to_contain_text(re.compile("fail better", re.I), timeout=40_000)
    desk.keyboard.press("m")
    assert "fail" in words(caller.recorded())
    caller.speak("My parcel has still not arrived and I want my money back, please.")
    final = transcript.locator(".line[data-who=caller]:not([data-partial])")
    expect(final.last).to_contain_text(re.compile("money back", re.I), timeout=20_000)
    again = desk.get_by_role("button", name=re.compile("Say again"))
    again.click()
    assert "money" in words(hear(desk, ears, 7.0))
    expect(phone.get_by_role("log")).to_contain_text("Anna is on the line.")

    # Help for the agent, and an eye on the whole.
    hint = desk.get_by_role("region", name="Say next")
    expect(hint).to_contain_text("five working days", timeout=20_000)
    shot(desk, "desk")
    desk.keyboard.press("u")
    expect(hint).not_to_contain_text("five working days")
    expect(wall.get_by_text("Anna").first).to_be_visible()
    shot(wall, "wall")

    # The end: a question for the caller, the agent's notes.
    desk.get_by_role("button", name=re.compile("^End")).click()
    wrapup = desk.get_by_role("complementary", name="Wrap-up")
    wrapup.get_by_label("How did it end?").select_option(index=1)
    expect(wrapup.get_by_label(re.compile("^Summary"))).to_have_value(re.compile("4527"))
    shot(desk, "wrapup")
    phone.get_by_text("The bot speaks").wait_for(timeout=20_000)
    phone.get_by_role("button", name="Keypad").click()
    phone.get_by_role("button", name="4", exact=True).click()
    wrapup.get_by_role("button", name="Done").click()
    expect(desk.get_by_role("heading", name="No call")).to_be_visible()
    expect(phone.locator(".ending")).to_be_visible(timeout=30_000)

    events = events_of(server.url, call_id)
    of = {e["type"]: e for e in events}
    assert of["Escalated"]["reason"] == "asked"
    assert of["HintClosed"]["outcome"] == "used"
    assert (of["AgentJoined"]["name"], of["AgentLeft"]["reason"]) == ("Anna", "ended")
    assert [e["value"] for e in events if e["type"] == "SlotFilled" and e["slot"] == "survey"] == [
        "4"
    ]
    moods = [e for e in events if e["type"] == "SentimentChanged"]
    assert moods and min(e["mood"] for e in moods) < 0

    # Afterwards: found by its words, heard and looked at.
    wall.goto("/history")
    wall.get_by_label("Words that were said").fill("money back")
    wall.keyboard.press("Enter")
    expect(wall.locator("history-call mark").first).to_have_text(re.compile("money", re.I))
    wall.locator("history-call a.call").first.click()
    wall.wait_for_url(f"**/calls/{call_id}")
    expect(wall.get_by_role("log").first).to_contain_text(re.compile("money back", re.I))
    shot(wall, "call")
