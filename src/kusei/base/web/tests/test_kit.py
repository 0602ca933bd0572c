"""Components as HTML."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.utils.translation import override

from kusei.base.web import kit

MIDNIGHT = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "shown"),
    [("ja", "令和8年4月1日"), ("ja-easy", "2026年4月1日（令和8年）"), ("en", "1 April 2026")],
)
def test_days_are_written_as_the_language_does(language, shown):
    with override(language):
        assert kit.day(date(2026, 4, 1)) == shown
        assert shown in kit.moment(MIDNIGHT)
        assert "00:30" in kit.moment(MIDNIGHT)


def test_an_instant_carries_its_time_in_japan():
    assert 'datetime="2026-04-01T00:30+09:00"' in kit.moment(MIDNIGHT)


def test_nothing_is_shown_for_no_date_and_no_amount():
    assert kit.day(None) == kit.moment(None) == kit.yen(None) == ""


def test_error_summary_links_to_fields_and_is_absent_without_errors():
    assert kit.error_summary([]) == ""
    drawn = kit.error_summary([("name", "<b>だめ</b>"), ("", "全体の誤り")])
    assert 'href="#f-name"' in drawn
    assert "&lt;b&gt;" in drawn
    assert 'role="alert"' in drawn
    assert "<li>全体の誤り</li>" in drawn


def test_steps_are_read_out_as_words():
    with override("ja"):
        assert "9ページ中3ページ目" in kit.steps(3, 9, "口座")


def test_summary_names_what_each_change_link_changes():
    drawn = kit.summary(
        [{"label": "氏名", "value": "墨田 花子", "change": "/name"}, {"label": "子", "value": ["花子", "太郎"]}]
    )
    assert '<a href="/name">変更<span class="visually-hidden">：氏名</span></a>' in drawn
    assert drawn.count("<li>") == 2


def test_table_cells_by_kind():
    columns = [
        ("n", "番号", "main"),
        ("d", "期限", "date"),
        ("s", "状態", "chip"),
        ("y", "件", "number"),
        ("x", "備考"),
    ]
    rows = [
        {"n": ("7", "/7"), "d": date(2026, 4, 1), "s": ("info", "受付"), "y": 12345, "x": "<i>"},
        {"n": "8", "y": 0},
    ]
    drawn = kit.table(columns, rows, "案件")
    assert '<th scope=row class="cell-main" data-label="番号"><a href="/7">7</a></th>' in drawn
    assert "令和8年4月1日" in drawn
    assert "chip-info" in drawn
    assert "12,345" in drawn
    assert "&lt;i&gt;" in drawn
    assert '<td class="cell-number" data-label="件">0</td>' in drawn


def test_an_empty_table_says_so():
    assert "案件はありません" in kit.table([("a", "A")], [], empty_text="案件はありません")


def test_pagination_offers_only_what_there_is():
    with override("ja"):
        drawn = kit.pagination("/older", "", 50, 1234)
        assert 'rel="next"' in drawn
        assert 'rel="prev"' not in drawn
        assert "全1,234件のうち50件" in drawn
        assert kit.pagination("", "/newer", 3).count("<a") == 1


class Sample(forms.Form):
    email = forms.EmailField(label="メール", help_text="ヒント")
    agree = forms.BooleanField(label="同意")
    kind = forms.ChoiceField(label="種類", choices=[("a", "A")], widget=forms.RadioSelect)
    note = forms.CharField(label="メモ", widget=forms.Textarea, required=False, max_length=20)


def test_django_forms_are_drawn_by_the_same_function():
    form = Sample({"email": "x", "note": "<"})
    html = "".join(kit.form_field(form[name]) for name in form.fields)
    assert 'type="email"' in html
    assert 'type="checkbox"' in html
    assert 'type="radio"' in html
    assert 'maxlength="20"' in html
    assert "&lt;</textarea>" in html
    assert html.count('class="error"') == 3
    assert 'href="#f-email"' in kit.form_errors(form)


def test_tags_do_in_templates_what_the_functions_do():
    drawn = Template(
        '{% load kit %}{% banner "warning" title="注意" %}<b>{{ x }}</b>{% endbanner %}{% chip "info" x %}'
        '{% field "text" "a" x required=True %}{% icon "search" %}{{ 1500|yen }}'
    ).render(Context({"x": "<x>"}))
    assert "banner-warning" in drawn
    assert "<b>&lt;x&gt;</b>" in drawn
    assert kit.chip("info", "<x>") in drawn
    assert kit.field("text", "a", "<x>", required=True) in drawn
    assert "1,500円" in drawn
