"""The main way in each language but Japanese: every word of the interface is in the language that was chosen.

What stays Japanese is data: names, addresses, departments, and what somebody wrote.
"""

import re
from collections.abc import Callable, Iterable

import polib
import pytest
from playwright.sync_api import Page
from tests.browser import people
from tests.browser.demonstration import HANAKO, Demonstration
from tests.browser.helpers import assert_fits, assert_no_axe_violations, shoot

from kusei.site.config import ROOT

JAPANESE = re.compile(r"[ぁ-んァ-ヺ一-龠々]+")
KANA = re.compile(r"[ぁ-んァ-ヺ]+")
QUOTED = re.compile(r"[（(「“\[][^（）()「」“”\[\]]*[）)」”\]]")
DATA = (
    *(
        "桜木",
        "花子",
        "一郎",
        "大地",
        "海",
        "空",
        "サクラギ",
        "ハナコ",
        "ウミ",
        "ソラ",
        "見本銀行",
        "本店",
        "見本",
        "通帳",
    ),
    *("吾妻橋", "一丁目", "二丁目", "番", "号", "室", "コーポみほん", "墨田区", "墨", "子育て支援課", "本庁舎", "階"),
    *("ヤマダ", "記号", "番号", "ゆうちょ銀行", "日本語", "やさしい日本語"),
)
"""Words of names, addresses and departments; an example of a name in katakana, and what stands in the bank books of ゆうちょ; the links
to the other languages."""
SAID = """() => {
    const seen = [document.title];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode()); ) {
        let part = node.parentElement;
        if (part.closest('script, style, a[lang], [lang=ja]:not(html):not(span), datalist, pre')) continue;
        if (!part.checkVisibility() && !part.closest('.visually-hidden')) continue;
        // A term marked as Japanese is judged with what it stands in: in brackets it belongs there.
        while (part.matches('span[lang=ja]')) part = part.parentElement;
        if (part === node.parentElement) { seen.push(node.textContent); continue; }
        const whole = part.cloneNode(true);
        whole.querySelectorAll('a[lang], [lang=ja]:not(span)').forEach(other => other.remove());
        seen.push(whole.textContent);
    }
    for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
        document.querySelectorAll(`body [${name}]`).forEach(part => seen.push(part.getAttribute(name)));
    return seen.map(text => text.trim()).filter(Boolean);
}"""
FOLDERS = {"en": "en", "ja-easy": "ja_Easy", "zh-hans": "zh_Hans", "ko": "ko", "tl": "tl", "ne": "ne", "vi": "vi"}
MARKED = {"ja-easy": "ja", "zh-hans": "zh-Hans"}
"""How `lang` names a language where it isn't our code."""


def untranslated(language: str, demo: Demonstration) -> Callable[[Page], list[str]]:
    """What finds on a page the texts of the interface that are left in Japanese; not what was written to people before."""
    written = {subject for (subject,) in demo.sql("SELECT subject FROM tell_message")}
    sections = [name for (name,) in demo.sql("SELECT name ->> 'ja' FROM staff_department")]
    catalogue = polib.pofile(str(ROOT / "src/kusei/locale" / FOLDERS[language] / "LC_MESSAGES/django.po"))
    sources = {
        entry.msgid.strip() for entry in catalogue if entry.msgstr and entry.msgstr.strip() != entry.msgid.strip()
    } - {entry.msgstr.strip() for entry in catalogue}

    def find(page: Page) -> list[str]:
        texts = [text for text in page.evaluate(SAID) if text not in written]
        left = {text for text in texts if text in sources and text not in DATA}
        found = KANA if language == "zh-hans" else JAPANESE
        return sorted(left | {t for t in texts if language != "ja-easy" and strange(t, [*DATA, *sections], found)})

    return find


def strange(text: str, data: Iterable[str], japanese: re.Pattern = JAPANESE) -> bool:
    """Whether there is Japanese in a text besides data, and besides terms in brackets, as they stand on forms and signs."""
    while text != (text := QUOTED.sub("", text)):
        pass
    for word in sorted(data, key=len, reverse=True):
        text = text.replace(word, "")
    return bool(japanese.search(text))


@pytest.mark.parametrize("language", FOLDERS)
def test_the_way_is_in_one_language(language, visit, demo):
    page, find = visit(width=375, height=740), untranslated(language, demo)
    faults: list[str] = []

    def look(page: Page) -> None:
        name = re.sub(r"^.*//[^/]+/|[0-9a-f-]{36}", "", page.url).replace("/", "-") or "home"
        shoot(page, f"{language}-{name.partition('?')[0]}")
        faults.extend(f"{page.url}: {text}" for text in find(page))

    def open_and_look(address: str) -> None:
        page.goto(address)
        look(page)

    page.goto("/")
    people.press(page.locator(f"a[href='?lang={language}']").first)
    look(page)
    assert page.locator("html").get_attribute("lang") == MARKED.get(language, language)
    assert page.locator("aside.machine").count() == (language not in ("en", "ja-easy"))
    for address in (
        "/search?q=baby",
        "/procedures",
        people.CLAIM,
        "/contact",
        "/accessibility",
        "/check",
        "/sign-in",
    ):
        open_and_look(address)
    sign_in_and_look(page, look)
    people.start(page)
    people.fill_in(page, HANAKO, until="bank", look=look)
    people.bank(page, "サクラギ タロウ", branch_code="12")
    people.press(page.locator(people.GO_ON).first)
    look(page)
    assert_fits(page, 375)
    assert_no_axe_violations(page)
    people.fill_in(page, HANAKO, look=look)
    look(page)
    people.submit(page)
    look(page)
    open_and_look("/my")
    people.press(page.locator("main a[href^='/my/applications/']").first)
    page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
    look(page)
    for address in ("/my/facts", "/my/who-looked", "/my/messages", "/open-data/", "/places/", "/no-such-page"):
        open_and_look(address)
    assert not faults, "\n".join(dict.fromkeys(faults))


def sign_in_and_look(page: Page, look: Callable[[Page], None]) -> None:
    """Sign in, looking at the page that asks for the code, and at the mail that brings it."""
    post = people.Post(page, HANAKO)
    page.locator("main [name=email]").fill(HANAKO)
    people.go_on(page)
    look(page)
    page.locator("main [name=code]").fill(post.find(r"^\d{6}$"))
    people.go_on(page)
    look(page)
