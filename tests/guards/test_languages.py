"""Every page that residents and strangers see, in each language that a machine translated: no text of the interface is left in Japanese.

So a text that is wrongly held for the staff's (`web/audience.py`) is found here: it shows in やさしい日本語. Texts that a catalogue asks for and that
nobody has translated yet show so too; `texts check --complete` names those.
"""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

import polib
import pytest
import yaml
from tests.guards.test_matrix import ROUTES, address, methods

from kusei.base.kernel.calendar import WARDS
from kusei.base.tell.models import Message
from kusei.base.web.foreign import LETTER
from kusei.base.web.middleware import COOKIE
from kusei.base.web.translations import SOURCE, catalogue

LOCALES = {"zh-hans": "zh_Hans", "ko": "ko", "tl": "tl", "ne": "ne", "vi": "vi"}
SAID_IN = ("aria-label", "placeholder", "title", "alt")
MARK = re.compile(r'<span lang="ja">(.*?)</span>', re.DOTALL)
FILES = {"publish:dataset: 件数"}
"""Headings of open data, shown in Japanese as the files have them."""
SEEN = [
    route
    for route in ROUTES
    if route.page
    and route.page["who"] in ("public", "resident")
    and "GET" in methods(route)
    and route.name != "web:kit"
]


class Texts(HTMLParser):
    """The texts of a page, and what its attributes say; not what is marked as being in another language on purpose."""

    def __init__(self, page: str):
        super().__init__()
        self.found: set[str] = set()
        self.skipped = 0
        self.feed(MARK.sub(r"\1", page))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if self.skipped or tag in ("script", "style") or (tag != "html" and "lang" in given and tag != "input"):
            self.skipped += tag not in ("input", "br", "img", "meta", "link", "hr", "use")
            return
        self.found |= {given[name].strip() for name in SAID_IN if given.get(name)}

    def handle_endtag(self, tag):
        self.skipped = max(0, self.skipped - 1)

    def handle_data(self, data):
        if not self.skipped and data.strip():
            self.found.add(data.strip())


def easy_data(node: Any, asked_for: set[str]) -> Iterator[str]:
    """What a YAML document says in やさしい日本語, but for texts that are still to be translated."""
    if isinstance(node, dict) and isinstance(node.get("ja-easy"), str) and node.get("ja", "").strip() not in asked_for:
        yield node["ja-easy"].strip()
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from easy_data(part, asked_for)


def japanese(language: str) -> set[str]:
    """Texts of the interface in Japanese and in やさしい日本語, and of data in the latter, but for those that the language writes the same."""
    catalogue_of = polib.pofile(str(catalogue(LOCALES[language])))
    own = {entry.msgstr for entry in catalogue_of}
    asked_for = {entry.msgid for entry in catalogue_of if not entry.translated()}
    easy = polib.pofile(str(catalogue("ja_Easy")))
    files = [*WARDS.rglob("*.yaml"), *SOURCE.rglob("*.yaml")]
    data = {said for file in files for said in easy_data(yaml.safe_load(file.read_text("utf-8")), asked_for)}
    said = {said for entry in easy if entry.msgid not in asked_for for said in (entry.msgid, entry.msgstr)} | data
    return {text for text in said if LETTER.search(text)} - own


@pytest.mark.parametrize("language", LOCALES)
def test_no_text_of_the_interface_is_left_in_japanese(language, scene):
    left, looked_at = set(), 0
    unwanted = japanese(language)
    for role in ("owner", "public"):
        browser = scene.client(role)
        browser.cookies[COOKIE] = language
        for route in SEEN:
            answer = browser.get(address(route, scene))
            if answer.headers.get("Content-Type", "").startswith("text/html") and answer.content:
                looked_at += 1
                texts = Texts(answer.content.decode()).found
                left |= {f"{route.name}: {text}" for text in texts & unwanted}
    assert looked_at > 30
    assert left <= FILES, "\n".join(sorted(left - FILES))


HIRAGANA = re.compile("[ぁ-ゖ]")
GRAMMAR = 4
"""Hiragana in a text that make a sentence of it: names, addresses and the terms quoted in brackets have fewer."""
OWN_WORDS = ("日本語で読む", "やさしい日本語", "電話番号をご確認ください。", "あとから発表される作った値")
"""The names of languages in themselves, and what staff of the scene wrote."""


def sentences(page: str, written: Iterable[str] = ()) -> set[str]:
    """The texts of a page that are Japanese sentences, wherever they come from, but for what was written by somebody, or told earlier."""
    known = [*OWN_WORDS, *written]
    return {
        text
        for text in Texts(page).found
        if len(HIRAGANA.findall(text)) >= GRAMMAR and not any(each in text or text in each for each in known)
    }


@pytest.mark.parametrize("language", ["en", *LOCALES])
def test_no_page_mixes_japanese_sentences_into_another_language(language, scene):
    left, looked_at = set(), 0
    told = [text for message in Message.objects.all() for text in (message.subject, message.body)]
    for role in ("owner", "public"):
        browser = scene.client(role)
        browser.cookies[COOKIE] = language
        for route in SEEN:
            answer = browser.get(address(route, scene))
            if answer.headers.get("Content-Type", "").startswith("text/html") and answer.content:
                looked_at += 1
                left |= {f"{route.name}: {text}" for text in sentences(answer.content.decode(), told)}
    assert looked_at > 30
    assert not left, "\n".join(sorted(left))


def test_a_japanese_sentence_would_be_found_and_a_quoted_term_is_none():
    names = "サクラギ ハナコ 吾妻橋二丁目5番8号 コーポみほん"
    page = f'<html lang="ko"><p><span lang="ja">区役所の窓口でご相談ください。</span></p><p>전출신고(転出届)</p><p>{names}</p></html>'
    assert sentences(page) == {"区役所の窓口でご相談ください。"}


def test_a_text_of_the_staffs_on_a_residents_page_would_be_found():
    """The test above sees what it should: a page with a text that only staff were thought to see."""
    page = '<html lang="ko"><p><span lang="ja">だれかが みて います</span></p><a lang="ja">日本語</a><p>홈</p></html>'
    assert Texts(page).found == {"だれかが みて います", "홈"}
    staff_only = {entry.msgstr for entry in polib.pofile(str(catalogue("ja_Easy"))) if entry.msgid == "言語ごとの状態"}
    assert staff_only <= japanese("ko")
