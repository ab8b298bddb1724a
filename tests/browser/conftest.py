"""A district in a real browser: the system's Chromium, driven by Playwright, against `make run`.

The district's clock says Friday at nine (at_work.py), so that counters are open whenever tests run.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import run as command

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.embedded import Run
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until

HERE = Path(__file__).parent
PASSWORD = "baitong"
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
DESK_SCREEN = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
COMMUNITY = "340603002001"
SECONDS = 120.0
MOST_MS = 20_000
"""For one thing to appear, in milliseconds; the machine may be busy."""
expect.set_options(timeout=MOST_MS)

Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; tools/install_chromium.sh brings it."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is not here: run tools/install_chromium.sh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's text, installed from npm by its lock file."""
    if not AXE.exists():
        command(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    return AXE.read_text("utf-8")


class AtWork(Run):
    """The embedded run on a working day in the morning."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        ready = self.process.ready_line
        self.process = ServiceProcess(["tests.browser.at_work"], self.env, ready_line=ready)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A district of this module's own."""
    run = AtWork(tmp_path_factory.mktemp("browser") / "data")
    with run.process:
        wait_until(lambda: _times(run), SECONDS, "the times of the day are laid out")
        yield run


def _times(run: Run) -> bool:
    asked = "/api/intake/open-slots"
    return bool(run.baitong.anyone().get(asked, community=COMMUNITY)["items"])


@pytest.fixture
def opened(chromium: Browser, run: Run) -> Iterator[Opened]:
    """A function that opens a page as somebody: `opened("desk")`, or `opened()` for a resident."""
    contexts: list[BrowserContext] = []

    def open_as(username: str = "", *, phone: bool = False, lang: str = "zh") -> Page:
        context = chromium.new_context(
            base_url=run.baitong.url,
            viewport=PHONE if phone else DESK_SCREEN,
            has_touch=phone,
            locale="zh-CN" if lang == "zh" else "en-GB",
        )
        context.set_default_timeout(MOST_MS)
        context.add_cookies([{"name": "lang", "value": lang, "url": run.baitong.url}])
        contexts.append(context)
        page = context.new_page()
        if username:
            sign_in(page, username)
        return page

    yield open_as
    for context in contexts:
        context.close()


def sign_in(page: Page, username: str) -> None:
    """By the keyboard, as people do."""
    page.goto("/sign-in")
    expect(page.locator("#f-username")).to_be_focused()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
