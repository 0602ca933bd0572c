"""Japanese words in pages of other languages, and the notice of machine translation."""

from datetime import date

import pytest
from django.utils.translation import override

from kusei.base.kernel import i18n
from kusei.base.kernel.spoken import found
from kusei.base.web.foreign import mark_japanese
from kusei.base.web.middleware import COOKIE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "page", "marked"),
    [
        ("en", "<p>Dear 桜木 花子, hello</p>", '<p>Dear <span lang="ja">桜木 花子</span>, hello</p>'),
        ("ko", "<p>新しい お知らせ。</p>", '<p><span lang="ja">新しい お知らせ。</span></p>'),
        ("vi", '<a lang="ja">日本語</a> x', '<a lang="ja">日本語</a> x'),
        ("ne", '<input value="花子"><title>花子</title><textarea>花子</textarea>', None),
        ("tl", "<script>'花子'</script><!-- 花子 -->", None),
        ("zh-hans", "<p>区役所的手续</p>", None),
        ("zh-hans", "<p>例：ヤマダ ハナコ</p>", '<p><span lang="ja">例：ヤマダ ハナコ</span></p>'),
        ("zh-hans", "<p>まだ ありません</p>", '<p><span lang="ja">まだ ありません</span></p>'),
        ("en", "<p>plain</p>", None),
    ],
)
def test_japanese_words_are_marked_as_such(language, page, marked):
    assert mark_japanese(page, language) == (marked or page)


@pytest.mark.parametrize("language", ["zh-hans", "ko", "tl", "ne", "vi"])
def test_a_page_that_a_machine_translated_says_so(client, language):
    client.cookies[COOKIE] = language
    page = client.get("/contact?x=1").content.decode()
    assert f'<html lang="{i18n.html_language(language)}">' in page
    assert 'class="machine' in page
    assert 'href="?x=1&amp;lang=ja" lang="ja"' in page


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_a_page_that_people_wrote_does_not(client, language):
    client.cookies[COOKIE] = language
    page = client.get("/contact").content.decode()
    assert 'class="machine' not in page
    assert "machine-translated" not in page


def test_the_notice_stays_where_the_frame_was_drawn_before(client):
    client.cookies[COOKIE] = "ko"
    assert all('class="machine' in client.get("/accessibility").content.decode() for _ in range(2))


def test_data_is_said_in_the_language_else_in_easy_japanese():
    fee = {"ja": "無料", "ja-easy": "お金は いりません", "en": "Free"}
    assert i18n.text(fee, "vi") == "Miễn phí"
    assert i18n.text(fee | {"vi": "Không mất tiền"}, "vi") == "Không mất tiền"
    assert i18n.text({"ja": "だれも訳していない", "ja-easy": "まだ です"}, "vi") == "まだ です"
    assert found("data", "だれも訳していない", "vi") == ""


@pytest.mark.parametrize(
    ("language", "day", "pair"),
    [
        ("ja", "令和元年5月1日", "氏名：花子"),
        ("ja-easy", "2019年5月1日（令和元年）", "氏名：花子"),
        ("zh-hans", "2019年5月1日（令和元年）", "氏名：花子"),
        ("ko", "2019년 5월 1일(레이와 1년)", "氏名: 花子"),
        ("en", "1 May 2019", "氏名: 花子"),
        ("tl", "Mayo 1, 2019", "氏名: 花子"),
        ("ne", "2019 मे 1", "氏名: 花子"),
        ("vi", "ngày 1 tháng 5 năm 2019", "氏名: 花子"),
    ],
)
def test_dates_and_punctuation_are_the_languages_own(language, day, pair):
    with override(language):
        assert i18n.day(date(2019, 5, 1)) == day
        assert i18n.pair("氏名", "花子") == pair
