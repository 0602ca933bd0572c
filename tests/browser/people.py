"""What people do at a demonstration: sign in, read their mail, fill in the claim, work at the desk. By the names and values of fields,
never by words, so that it is the same in every language, with and without scripts."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import ElementHandle, Error, Locator, Page, TimeoutError
from tests.browser.demonstration import Demonstration

CLAIM = "/procedures/child_allowance/claim"
GO_ON = "main form .buttons button:visible"
ATTEMPTS, PAUSE = 100, 150
"""How often to look for mail that the worker is about to deliver, and the milliseconds between."""


class Post:
    """What arrives at an address (or a part of it) from now on, in the demonstration's `mailbox` or `letterbox`, read in a tab of its own."""

    def __init__(self, page: Page, address: str, box: str = "mailbox") -> None:
        self.page, self.where = page, f"/demo/{box}?address={quote(address)}"
        with self._tab() as tab:
            self.before = set(self._all(tab))

    @contextmanager
    def _tab(self) -> Iterator[Page]:
        """A tab, closed afterwards: what lies behind another tab is drawn only once a second, and waited for as long."""
        tab = self.page.context.new_page()
        yield tab
        tab.close()
        self.page.bring_to_front()

    def _all(self, tab: Page) -> list[str]:
        tab.goto(self.where)
        return [link.get_attribute("href") for link in tab.locator("main table a").all()]

    def find(self, pattern: str) -> str:
        """The first match in anything that arrived, waiting for it. Raises AssertionError where it does not come."""
        said = ""
        with self._tab() as tab:
            for _attempt in range(ATTEMPTS):
                for address in set(self._all(tab)) - self.before:
                    tab.goto(address)
                    said = tab.locator("main").inner_text()
                    if match := re.search(pattern, said, re.MULTILINE):
                        return match[0]
                tab.wait_for_timeout(PAUSE)
        raise AssertionError(f"{pattern} did not arrive at {self.where}; the last was:\n{said}")


def press(part: Locator) -> None:
    """Press a button or a link and wait for the page it leads to."""
    shown = part.page.locator("main").element_handle()
    part.click()
    wait_for_next(part.page, shown)


def wait_for_next(page: Page, shown: ElementHandle) -> None:
    """Wait until what was `shown` is gone, whether the browser went elsewhere or a script put another page in place."""
    try:
        shown.wait_for_element_state("hidden")
    except TimeoutError:
        raise
    except Error:
        pass  # the page went away, and the element with it
    page.wait_for_load_state()


def go_on(page: Page) -> None:
    """Press the first button of the page's form."""
    press(page.locator(GO_ON).first)


def sign_in(page: Page, email: str, after: str = "/my") -> None:
    """Sign in as a resident with the code that comes by mail, and go to `after`."""
    page.goto(f"/sign-in?next={quote(after)}")
    type_email_and_code(page, email)


def type_email_and_code(page: Page, email: str) -> None:
    """On the page that asks for the address: sign in."""
    post = Post(page, email)
    page.locator("main [name=email]:visible").fill(email)
    go_on(page)
    page.locator("main [name=code]").fill(post.find(r"^\d{6}$"))
    go_on(page)


def sign_in_staff(page: Page, demo: Demonstration, number: str) -> Page:
    """Sign in as a member of staff; ends in the queue."""
    page.goto("/office/sign-in")
    page.locator("[name=number]").fill(number)
    page.locator("[name=password]").fill(demo.passwords[number])
    go_on(page)
    return page


def photo() -> dict:
    """A picture as a phone's camera would hand it over."""
    file = io.BytesIO()
    Image.effect_noise((900, 1200), 40).save(file, "JPEG")
    return {"name": "通帳.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def tick(control: Locator) -> None:
    """Choose a radio button or tick a box where people do: on its label, which covers it."""
    if not control.is_checked():
        name = control.get_attribute("id")
        around = control.locator("xpath=ancestor::label")
        (around if around.count() else control.page.locator(f"label[for='{name}']")).click()
    assert control.is_checked()


def choose(page: Page, name: str, value: str) -> None:
    """Choose one of the radio buttons or boxes called `name`."""
    tick(page.locator(f"input[name={name}][value='{value}']"))


def choose_all(page: Page, name: str) -> None:
    """Tick every box called `name`."""
    for box in page.locator(f"input[name={name}]").all():
        tick(box)


def bank(page: Page, holder: str, **other: str) -> None:
    """Fill in an account."""
    typed = {
        "bank_name": "見本銀行",
        "bank_code": "0001",
        "branch_name": "本店",
        "branch_code": "012",
        "number": "1234567",
    }
    for name, value in (typed | {"holder": holder} | other).items():
        page.locator(f"[name=bank_{name}]").fill(value)


def answers(holder: str) -> dict[str, Callable[[Page], None]]:
    """How to answer each page of the claim, for the person whose name in katakana is `holder`."""
    return {
        "you": lambda page: choose(page, "claimant", "correct"),
        "phone": lambda page: page.locator("[name=phone]").fill("090-0000-0002"),
        "children": lambda page: choose_all(page, "children"),
        "living": lambda page: choose(page, "living", "together"),
        "older": lambda page: choose(page, "older", "yes"),
        "older-count": lambda page: page.locator("[name=older_count]").fill("1"),
        "spouse": lambda page: choose(page, "spouse", "claimant_more"),
        "pension": lambda page: choose(page, "pension", "employees"),
        "bank": lambda page: bank(page, holder),
        "bank-document": lambda page: page.locator("input[name=bank_document]").first.set_input_files(photo()),
        "agreement": lambda page: choose_all(page, "agreement"),
    }


DIFFERING = {
    "you": lambda page: choose(page, "claimant", "differs"),
    "you-differs": lambda page: page.locator("[name=claimant_note]").fill("建物の名前が変わりました。"),
    "living": lambda page: choose(page, "living", "apart"),
    "living-apart": lambda page: page.locator("[name=apart_note]").fill("海は学校の寮にいます。"),
}
"""Other answers, which lead by pages that most people never see."""
HOLDERS = {"hanako@example.jp": "サクラギ ハナコ", "yuki@example.jp": "アサクラ ユキ"}


def key_of(page: Page) -> str:
    """Which page of the claim this is."""
    return re.sub(r"[?#].*", "", page.url).rsplit("/", 1)[-1]


def start(page: Page) -> None:
    """Open a new draft of the claim from its page; one that an earlier test left is thrown away."""
    for _attempt in range(2):
        page.goto(CLAIM)
        press(page.locator(f"form[action='{CLAIM}/start'] button"))
        if key_of(page) == "you":
            return
        token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
        discard = page.url.rsplit("/", 1)[0] + "/discard"
        page.context.request.post(discard, form={"csrfmiddlewaretoken": token}, headers={"Referer": page.url})
    raise AssertionError(f"{page.url} is not the first page of a new draft")


def fill_in(
    page: Page,
    email: str,
    until: str = "check",
    look: Callable[[Page], None] = lambda page: None,
    differing: bool = False,
) -> None:
    """Answer page after page, from where one is to the page `until`; `look` at each before it is answered."""
    how = answers(HOLDERS[email]) | (DIFFERING if differing else {})
    while (key := key_of(page)) != until:
        look(page)
        how[key](page)
        go_on(page)
        assert key_of(page) != key, f"{page.url}: {page.locator('main').inner_text()}"


def submit(page: Page) -> str:
    """Submit on the page for checking; returns the application's receipt number."""
    go_on(page)
    assert key_of(page) == "done", f"{page.url}: {page.locator('main').inner_text()}"
    return receipt_of(page)


def receipt_of(page: Page) -> str:
    """The receipt number on a page."""
    match = re.search(r"\d{6}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.locator("main").inner_text())
    assert match, page.locator("main").inner_text()
    return match[0]


def apply(page: Page, email: str) -> str:
    """Make a whole claim when signed in; returns its receipt number."""
    start(page)
    fill_in(page, email)
    return submit(page)
