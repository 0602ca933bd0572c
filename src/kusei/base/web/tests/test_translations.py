"""Interface texts: all of them translated, compiled, and found."""

import gettext as gnu
import os
from unittest import mock

import pytest
from django.template import engines
from django.utils.translation import gettext, override

from kusei.base.kernel.spoken import Spoken
from kusei.base.web.translations import (
    LOCALES,
    WHOLE,
    Text,
    catalogue,
    compile_catalogues,
    faults,
    find_data_texts,
    texts_in_python,
    texts_in_template,
    texts_of,
    update,
)

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'


@pytest.fixture
def locales(tmp_path):
    """A folder with an English and an easy Japanese catalogue."""

    def write(**texts: str):
        for locale, body in texts.items():
            path = catalogue(locale, tmp_path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(HEADER + body, "utf-8")
        return tmp_path

    return write


def spoken(target, locale: str, text: str) -> str:
    return gnu.translation("django", target, [locale]).gettext(text)


@pytest.mark.parametrize("locale", sorted(path.name for path in LOCALES.iterdir()))
def test_every_text_has_a_translation_with_the_same_placeholders(locale):
    assert faults(texts_of(locale), catalogue(locale), gaps=locale in WHOLE) == []


@pytest.mark.parametrize("locale", ["zh_Hans", "ko", "tl", "ne", "vi"])
def test_the_other_languages_hold_what_residents_see_and_nothing_else(locale):
    """What others wrote since may still be missing; all but a few are there, and nothing of the staff's was asked for."""
    wanted = texts_of(locale)
    assert {(text.context == "data") for text in wanted} == {True, False}
    assert not any(
        text.msgid == "案件の一覧" or (text.file.startswith("base/decide/") and len(text.files) == 1) for text in wanted
    )
    assert len(faults(wanted, catalogue(locale))) < len(wanted) / 2


def test_languages_are_spoken():
    with override("en"):
        assert gettext("本文へ進む") == "Skip to main content"
    with override("ja-easy"):
        assert gettext("本文へ進む") != "本文へ進む"
        assert gettext("January") == "1月"  # what Django itself says is there in Japanese
    with override("ja"):
        assert gettext("本文へ進む") == "本文へ進む"


def test_what_a_language_lacks_is_said_in_easy_japanese_then_in_japanese(locales, tmp_path):
    source = locales(
        en='msgid "あ"\nmsgstr "A"\n\nmsgid "い"\nmsgstr ""\n',
        ja_Easy='msgid "い"\nmsgstr "い やさしく"\n\nmsgid "え"\nmsgstr "え やさしく"\n',
    )
    target = tmp_path / "compiled"
    assert len(compile_catalogues(target, source)) == 2
    assert [spoken(target, "en", text) for text in "あいえお"] == ["A", "い やさしく", "え やさしく", "お"]


def test_catalogues_are_compiled_again_only_when_a_source_is_newer(locales, tmp_path):
    source = locales(en='msgid "あ"\nmsgstr "A"\n', ja_Easy="")
    target = tmp_path / "compiled"
    compile_catalogues(target, source)
    assert compile_catalogues(target, source) == []
    locales(ja_Easy='msgid "い"\nmsgstr "い やさしく"\n')
    later = 2_000_000_000
    os.utime(catalogue("ja_Easy", source), (later, later))
    assert len(compile_catalogues(target, source)) == 2
    assert spoken(target, "en", "い") == "い やさしく"


def test_texts_are_found_under_any_imported_name():
    source = (
        "from django.utils.translation import gettext as _, gettext_lazy as lazy, ngettext, pgettext\n"
        "_('一' '二'); lazy('三'); ngettext('%(n)s件', '%(n)s件たち', 2); pgettext('月', '五'); other('六')\n"
    )
    assert sorted(texts_in_python(source, "a.py")) == sorted(
        [Text("a.py", "一二"), Text("a.py", "三"), Text("a.py", "%(n)s件", "%(n)s件たち"), Text("a.py", "五", "", "月")]
    )


@pytest.mark.parametrize("call", ["_(f'{x}です')", "_(name)", "_()"])
def test_a_text_that_is_no_literal_is_refused(call):
    with pytest.raises(ValueError, match=r"a\.py:2"):
        list(texts_in_python(f"from django.utils.translation import gettext as _\n{call}\n", "a.py"))


def test_texts_are_found_in_templates_even_inside_the_kits_blocks():
    source = (
        '{% load i18n kit %}{% translate "一" as one %}{% banner "info" title=_("二") %}{% translate "三" %}{% endbanner %}'
        '{% blocktranslate with n=x|length %}{{ n }}件{% endblocktranslate %}{% button _("四") %}{{ _("五") }}'
        "{% if x %}{% blocktranslate count n=x %}{{ n }}つ{% plural %}{{ n }}つつ{% endblocktranslate %}{% endif %}"
    )
    found = {(text.msgid, text.plural) for text in texts_in_template(source, "a.html")}
    assert found == {
        ("一", ""),
        ("二", ""),
        ("三", ""),
        ("%(n)s件", ""),
        ("四", ""),
        ("五", ""),
        ("%(n)sつ", "%(n)sつつ"),
    }


def test_a_text_with_a_percent_sign_is_found_as_django_asks_for_it():
    source = '{% load i18n %}{% translate "10%引き" %}{% blocktranslate %}{{ n }}%引き{% endblocktranslate %}'
    assert [text.msgid for text in texts_in_template(source, "a.html")] == ["10%%引き", "%(n)s%%引き"]
    asked = []
    with override("en"), mock.patch.object(Spoken, "gettext", lambda self, msgid: asked.append(msgid) or "10%% off"):
        assert engines["django"].from_string(source.partition("{% blocktranslate")[0]).render() == "10% off"
    assert asked == ["10%%引き"]


def test_texts_inside_a_banner_are_found():
    source = '{% load i18n kit %}{% banner "info" "見出し" %}{% if x %}{% translate "中" %}{% endif %}{% endbanner %}'
    assert [text.msgid for text in texts_in_template(source, "a.html")] == ["中"]


def test_new_texts_come_gone_ones_leave_and_translations_stay(locales):
    path = catalogue("en", locales(en='msgid "あ"\nmsgstr "A"\n\nmsgid "古い"\nmsgstr "old"\n'))
    texts = [Text("a.py", "あ"), Text("b.py", "%(n)s件", "%(n)s件")]
    assert update(texts, path) == (1, 1)
    assert faults(texts, path) == ["b.py: no text for '%(n)s件'"]
    assert "古い" not in path.read_text("utf-8")
    path.write_text(
        path.read_text("utf-8")
        .replace('msgstr[0] ""', 'msgstr[0] "%(m)s"')
        .replace('msgstr[1] ""', 'msgstr[1] "%(n)s"'),
        "utf-8",
    )
    assert faults(texts, path) == ["b.py: other placeholders than in '%(n)s件'"]


def test_texts_that_are_data_are_found_in_yaml_and_in_python(tmp_path):
    wards, source = tmp_path / "wards", tmp_path / "src"
    for folder in (wards, source):
        folder.mkdir()
    (wards / "a.yaml").write_text(
        "x: [{label: {ja: 一, en: one}}]\ndecide: {checks: [{label: {ja: 二, en: two}}]}\nsample: {n: {ja: 三, en: x}}\n"
    )
    (source / "offers.yaml").write_text(
        "cards: [{title: {ja: 四, ja-easy: よん}}]\nregisters: {r: {title: {ja: 五, en: five}}}\n"
    )
    (source / "b.py").write_text('SOON = {"ja": "六", "en": "six"}\nother = {"ja": "七"}\n')
    found = find_data_texts(source, wards)
    assert [(text.file, text.msgid, text.context) for text in found] == [
        ("b.py", "六", "data"),
        ("offers.yaml", "四", "data"),
        ("wards/a.yaml", "一", "data"),
    ]
