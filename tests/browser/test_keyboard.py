"""With the keyboard alone: signing in, choosing, ticking, being told what is wrong."""

from playwright.sync_api import Page
from tests.browser import people
from tests.browser.demonstration import HANAKO
from tests.browser.helpers import assert_no_axe_violations, until

STEPS = 60
FOCUSED = "(({outlineStyle, outlineWidth}) => [outlineStyle, parseFloat(outlineWidth)])(getComputedStyle(document.activeElement))"


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on the element, which must show it all the way."""
    for _step in range(STEPS):
        page.keyboard.press("Tab")
        style, width = shown_focus(page)
        assert style != "none", page.evaluate("document.activeElement.outerHTML")
        assert width >= 2, page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab on {page.url}")


def shown_focus(page: Page) -> tuple[str, float]:
    """Style and width of the ring around what has the focus, or around what is drawn in its place."""
    own = page.evaluate(FOCUSED)
    if own[0] != "none":
        return tuple(own)
    around = FOCUSED.replace(
        "document.activeElement", "document.activeElement.closest('.choice, .file, label') ?? document.activeElement"
    )
    return tuple(page.evaluate(around))


def enter(page: Page, key: str = "Enter") -> None:
    """Press a key that leads to another page, and wait for it."""
    before = page.locator("main").element_handle()
    page.keyboard.press(key)
    people.wait_for_next(page, before)


def sign_in(page: Page) -> None:
    page.goto("/sign-in?next=" + people.CLAIM)
    post = people.Post(page, HANAKO)
    tab_to(page, "[name=email]")
    page.keyboard.type(HANAKO)
    enter(page)
    code = post.find(r"^\d{6}$")
    tab_to(page, "[name=code]")
    page.keyboard.type(code)
    tab_to(page, "main .buttons button")
    enter(page)


def test_signing_in_and_answering_with_keys_alone(visit):
    page = visit()
    sign_in(page)
    tab_to(page, f"form[action='{people.CLAIM}/start'] button")
    enter(page)
    assert people.key_of(page) == "you"
    enter_answers(page)


def enter_answers(page: Page) -> None:
    """The first page by radio buttons, with the error of having chosen none; then boxes."""
    tab_to(page, "main .buttons button")
    enter(page, "Space")
    summary_has_focus(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "document.activeElement.matches('[name=claimant]')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.locator("[name=claimant][value=correct]").is_checked()
    tab_to(page, "main .buttons button")
    enter(page)
    assert people.key_of(page) == "phone"
    tab_to(page, "[name=phone]")
    page.keyboard.press("Control+A")
    page.keyboard.type("０９０－００００－０００２")
    enter(page)
    assert people.key_of(page) == "children"
    for box in page.locator("[name=children]").all():
        tab_to(page, f"#{box.get_attribute('id')}")
        if not box.is_checked():
            page.keyboard.press("Space")
        assert box.is_checked()
    tab_to(page, "main .buttons button")
    enter(page)
    assert people.key_of(page) == "living"


def summary_has_focus(page: Page) -> None:
    """The page says what is wrong, and the focus is there."""
    until(page, "document.activeElement.matches('[role=alert]')")
    assert page.title().startswith("エラー")
    assert_no_axe_violations(page)


def test_the_skip_link_passes_over_the_header_on_both_sides(visit, demo):
    page = visit()
    for address in ("/procedures", "/office/sign-in"):
        page.goto(address)
        page.keyboard.press("Tab")
        assert page.locator(":focus").is_visible()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null"), address
