"""A browser for tests: the system's Chromium, driven by playwright, against Django's live server.

`page` is a fresh window of 1280 × 800 pixels that speaks Japanese; `open_page(width=…, scripts=…, language=…)` makes others. When a test
is over, what the browser complained of (errors in scripts, whatever the Content-Security-Policy refused) fails it.
"""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.helpers import AXE

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not program:
        pytest.skip(f"browser tests need Chromium (one of {', '.join(CHROMIUM)})")
    if not AXE.exists():
        pytest.skip("browser tests need axe-core: npm ci")
    # playwright keeps an event loop running in this thread, where Django would refuse every query
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--lang=ja"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """Opens windows: `open_page(width=1280, scripts=True, language="ja", **more)`, with addresses relative to the live server."""
    complaints: list[str] = []
    contexts = []

    def open_page(width: int = 1280, height: int = 800, scripts: bool = True, language: str = "ja", **more) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale=language,
            timezone_id="Asia/Tokyo",
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_fault(said) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


def is_fault(said) -> bool:
    """Whether a line in the browser's console is a fault of ours. A page that answers 4xx on purpose is none."""
    return said.type == "error" and "Failed to load resource" not in said.text
