"""What browser tests ask of a page: nothing for axe to find, no sideways scrolling, a picture to look at."""

from functools import cache
from pathlib import Path
from urllib.parse import urljoin

from django.test import Client
from playwright.sync_api import Page

from kusei.site.config import CONFIG, ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PICTURES = CONFIG.home / "pictures"
WIDTHS = (1280, 375, 320)


@cache
def axe() -> str:
    return AXE.read_text("utf-8")


def assert_no_axe_violations(page: Page) -> None:
    """Fails with every violation of WCAG 2.2 A and AA that axe finds on the page, and where."""
    page.evaluate(axe())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules}).then(run => run.violations)", RULES)
    lines = [
        f"{violation['id']}: {violation['help']}\n    "
        + "\n    ".join(node["html"][:200] for node in violation["nodes"][:5])
        for violation in found
    ]
    assert not lines, f"{page.url}\n" + "\n".join(lines)


def assert_fits(page: Page, width: int = 320) -> None:
    """Fails where the page scrolls sideways in a window of that width (WCAG 2.2, 1.4.10), naming what sticks out."""
    size = page.viewport_size or {"height": 800}
    page.set_viewport_size({"width": width, "height": size["height"]})
    sticking_out = page.evaluate(
        """width => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll('body *')]
            .filter(part => part.getBoundingClientRect().right > width + 1)
            .map(part => part.outerHTML.slice(0, 120)).slice(0, 5)""",
        width,
    )
    assert not sticking_out, f"{page.url} is wider than {width} px:\n" + "\n".join(sticking_out)


def shoot(page: Page, name: str) -> Path:
    """A picture of the whole page, kept in the home's `pictures`."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def sign_in_as(page: Page, account) -> None:
    """Sign `page`, which is open at some page of the live server, in as an account, without the pages for it."""
    client = Client()
    client.force_login(account)
    page.context.clear_cookies(name="sessionid")
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": urljoin(page.url, "/")}])


def look_at(page: Page, name: str) -> None:
    """Nothing for axe to find, nothing that sticks out at any width; pictures called `name` and the width."""
    assert page.locator("h1").count() == 1, page.url
    for width in WIDTHS:
        assert_fits(page, width)
        if width in (1280, 375):
            assert_no_axe_violations(page)
            shoot(page, f"{name}-{width}")


def until(page: Page, expression: str, seconds: int = 10) -> None:
    """Wait until a JavaScript expression holds. (playwright's own wait evaluates in the page, which its policy forbids.)"""
    for _attempt in range(seconds * 10):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came true: {expression}")
