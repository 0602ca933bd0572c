"""Answers as people type them: what is read, what is refused and in which words, and that nothing typed is lost."""

from datetime import date

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from kusei.base.ask import bank, catalogue, engine
from kusei.base.ask.kinds import Forged, Setting
from kusei.base.ask.schema import Question
from kusei.base.kernel.errors import Invalid

CLAIM = catalogue.written("child_allowance/claim")
CHILD = {"party_id": "p1", "name": "山田 一", "kana": "ヤマダ ハジメ", "birth_date": "2018-05-05", "relationship": "子"}
GROWN = {"party_id": "p2", "name": "山田 二", "kana": "ヤマダ ツグ", "birth_date": "2007-04-01", "relationship": "子"}
SETTING = Setting(
    given={"household.children": {"value": [CHILD, GROWN]}, "kana": {"value": "ヤマダ　ショウコ"}},
    today=date(2026, 11, 21),
)


def post(**fields) -> QueryDict:
    query = QueryDict(mutable=True)
    for key, value in fields.items():
        query.setlist(key, value if isinstance(value, list) else [value])
    return query


def read(key, fields, setting=SETTING):
    question = CLAIM.questions[key]
    return engine.KINDS[question.kind].read(key, question, post(**fields), setting)


@pytest.mark.parametrize("typed", ["03-1234-5678", "０３（１２３４）５６７８", "03 1234 5678", "03ー1234ー5678"])
def test_telephone_numbers_are_read_as_people_write_them(typed):
    assert read("phone", {"phone": typed}) == "0312345678"


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("0312345678", "03-1234-5678"), ("09000000002", "090-0000-0002"), ("08012345678", "080-1234-5678"), ("0800123456", "0800123456"),
        ("08001234567", "08001234567"), ("0422123456", "0422123456"), ("+81312345678", "+81312345678"),
    ],
)  # fmt: skip
def test_telephone_numbers_are_shown_with_hyphens_where_their_places_are_sure(kept, shown):
    question = CLAIM.questions["phone"]
    assert engine.KINDS["phone"].tell(question, kept, {}) == [shown]


@pytest.mark.parametrize("typed", ["", "1234", "abc", "03-1234-56789012", "+0123456789"])
def test_what_is_no_telephone_number_is_refused(typed):
    with pytest.raises(Invalid):
        read("phone", {"phone": typed})


@pytest.mark.parametrize("typed", ["a\x00b", "文字\ufffd化け", "左\u202e右", "x" * 501])
def test_broken_or_over_long_text_is_refused_with_a_message(typed):
    with pytest.raises(Invalid) as invalid:
        read("claimant_note", {"claimant_note": typed})
    assert invalid.value.problems["claimant_note"]


def test_line_ends_are_one_kind():
    assert read("claimant_note", {"claimant_note": " 一行\r\n二行\r三行 "}) == "一行\n二行\n三行"


@pytest.mark.parametrize("typed", ["0", "10", "-1", "1.5", "三", "1e3", "9" * 40])
def test_numbers_out_of_bounds_are_refused(typed):
    with pytest.raises(Invalid):
        read("older_count", {"older_count": typed})


def test_full_width_digits_are_numbers():
    assert read("older_count", {"older_count": "３"}) == 3


@pytest.mark.parametrize(
    ("key", "value"), [("spouse", "king"), ("agreement", ["true", "checks", "more"]), ("children", ["p9"])]
)
def test_a_choice_never_offered_is_forged(key, value):
    with pytest.raises(Forged):
        read(key, {key: value})


def test_all_consents_are_needed():
    with pytest.raises(Invalid):
        read("agreement", {"agreement": ["true"]})
    assert read("agreement", {"agreement": ["checks", "true"]}) == ["true", "checks"]


def test_children_come_from_the_register_and_only_of_the_age():
    assert read("children", {"children": ["p1"]}) == [CHILD]
    with pytest.raises(
        Forged
    ):  # born on 1 April 2007: of age at the end of 31 March 2025, the allowance ended that day
        read("children", {"children": ["p2"]})


ACCOUNT = {
    "bank_bank_name": "みずほ銀行",
    "bank_bank_code": "０００１",
    "bank_branch_name": "押上支店",
    "bank_branch_code": "123",
    "bank_account": "ordinary",
    "bank_number": "12345",
    "bank_holder": "やまだ　しょうこ",
}


def test_an_account_is_kept_as_banks_write_it():
    kept = read("bank", ACCOUNT)
    assert (kept["bank_code"], kept["number"], kept["holder"]) == ("0001", "0012345", "ヤマダ シヨウコ")


@pytest.mark.parametrize(
    ("part", "typed"),
    [("bank_code", "12"), ("branch_code", "12a"), ("number", "12345678"), ("number", "xyz"), ("account", "gold"),
     ("holder", "山田 祥子"), ("holder", "ヤマダ タロウ"), ("bank_name", ""), ("holder", "")],
)  # fmt: skip
def test_a_fault_in_an_account_is_named_at_its_field(part, typed):
    with pytest.raises(Invalid) as invalid:
        read("bank", {**ACCOUNT, f"bank_{part}": typed})
    assert list(invalid.value.problems) == [f"bank_{part}"]


def test_the_post_bank_symbol_and_number_become_branch_and_account():
    typed = {**ACCOUNT, "bank_bank_code": "9900", "bank_branch_code": "10170", "bank_number": "12345671"}
    kept = read("bank", typed)
    assert (kept["branch_code"], kept["number"]) == ("018", "1234567")


@pytest.mark.parametrize(("holder", "kana", "same"), [
    ("ヤマダ シヨウコ", "ヤマダ　ショウコ", True), ("ﾔﾏﾀﾞｼﾖｳｺ", "ヤマダ ショウコ", True), ("ヤマダ タロウ", "ヤマダ ショウコ", False),
    ("SMITH ANNA", "スミス アンナ", None), ("ヤマダ", "", None), ("ジョ-ンズ", "ジョーンズ", True),
])  # fmt: skip
def test_holders_are_compared_by_sound(holder, kana, same):
    assert bank.same_person(holder, kana) is same


@pytest.mark.parametrize("key", [k for k, q in CLAIM.questions.items() if q.kind != "file"])
def test_what_was_typed_is_shown_again_escaped(key):
    typed = post(**dict.fromkeys([key, *(f"{key}_{p}" for p in ("number", "holder", "bank_name"))], '<b>"x"</b>'))
    page = next(p for p in CLAIM.pages if key in p.ask)
    html = "".join(engine.draw(CLAIM, page, {}, SETTING, post=typed, errors={key: "<i>誤り</i>"}))
    assert "<b>" not in html
    assert "<i>" not in html
    if CLAIM.questions[key].kind in ("textarea", "phone", "number", "bank"):
        assert "&lt;b&gt;" in html


def test_dates_are_read_in_both_calendars_and_refused_where_they_never_were():
    question = Question.model_validate({"kind": "date", "label": {"ja": "日"}})
    kind = engine.KINDS["date"]

    def typed(year, month, day):
        return kind.read("d", question, post(d_year=year, d_month=month, d_day=day), SETTING)

    assert typed("令和8", "11", "２１") == "2026-11-21"
    assert typed("2026", "11", "21") == "2026-11-21"
    for never in (("昭和64", "1", "8"), ("2026", "2", "30"), ("", "1", "1"), ("あ", "い", "う")):
        with pytest.raises(Invalid):
            typed(*never)


def test_a_file_question_counts_what_is_kept_and_what_is_new():
    class Upload:
        name = "a.jpg"

    uploads = MultiValueDict({"bank_document": [Upload(), Upload()]})
    kept = {"files": {"bank_document": [{"attachment": "1", "name": "x"}, {"attachment": "2", "name": "y"}]}}
    setting = Setting(
        given=kept,
        today=SETTING.today,
        keep=lambda key, upload: {"attachment": "new", "name": upload.name},
        uploads=uploads,
    )
    with pytest.raises(Invalid, match="3つまで"):
        read("bank_document", {}, setting)
    after_removing = read("bank_document", {"remove": "1"}, setting)
    assert [f["attachment"] for f in after_removing] == ["2", "new", "new"]


@pytest.mark.parametrize(
    ("day", "good"),
    [
        ("2026-12-01", True), ("2026-11-21", False), ("2026-11-28", False), ("2026-12-30", False), ("2028-12-01", False), ("9999-12-31", False),
    ],
)  # fmt: skip
def test_an_appointment_is_on_an_open_day_not_too_far_ahead(day, good):
    question = Question.model_validate({"kind": "date", "open_day": True, "label": {"ja": "来庁日"}})
    post = QueryDict(mutable=True)
    for name, values in engine.KINDS["date"].from_json("visit", day).items():
        post.setlist(name, values)
    setting = Setting(today=date(2026, 11, 21))
    if good:
        assert engine.KINDS["date"].read("visit", question, post, setting) == day
    else:
        with pytest.raises(Invalid):
            engine.KINDS["date"].read("visit", question, post, setting)
