"""A browser for tests: the system's Chromium, driven by playwright.

`page` is a fresh window of 1280 × 800 pixels that speaks Japanese, against Django's live server; `open_page(width=…, scripts=…,
language=…)` makes others. `visit` does the same against `demo`, a real demonstration ward that the tests of one process share. When a
test is over, what the browser complained of (errors in scripts, whatever the Content-Security-Policy refused) fails it.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.demonstration import Demonstration, running
from tests.browser.helpers import AXE

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 15_000
"""Milliseconds to wait for a page or a part of it, on a machine that does other things too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked `browser`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


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


@pytest.fixture(scope="session")
def demo(browser: Browser, worker_name: str) -> Iterator[Demonstration]:
    """A demonstration ward; asked for after the browser, so that none is made where tests are skipped for want of one."""
    with running(worker_name) as demonstration:
        yield demonstration


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    """The name of this process among those that share the tests."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@contextmanager
def windows(browser: Browser, address: str, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens windows: `open_page(width=1280, scripts=True, language="ja", **more)`, with addresses relative to `address`.

    What the browser complains of is added to `complaints`; what of it is left there at the end raises AssertionError.
    """
    contexts = []

    def open_page(width: int = 1280, height: int = 800, scripts: bool = True, language: str = "ja", **more) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale=language,
            timezone_id="Asia/Tokyo",
            **more,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if is_fault(said) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def open_page(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """Opens windows on Django's live server."""
    with windows(browser, live_server.url, []) as open_page:
        yield open_page


@pytest.fixture
def visit(browser: Browser, demo: Demonstration) -> Iterator[Callable[..., Page]]:
    """Opens windows on the demonstration."""
    with windows(browser, demo.address, []) as open_page:
        yield open_page


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


def is_fault(said) -> bool:
    """Whether a line in the browser's console is a fault of ours. A page that answers 4xx on purpose is none."""
    return said.type == "error" and "Failed to load resource" not in said.text
