"""Messages as data: every file of every ward renders, and faults are told."""

import re
from datetime import date

import pytest

from kusei.base.kernel.i18n import LANGUAGES
from kusei.base.kernel.wards import ward_slugs
from kusei.base.tell.wording import Wording, WordingError, templates, wording

EVERY = [(ward, template) for ward in ward_slugs() for template in templates(ward)]
WORDS = {"ja": "{number}番", "ja-easy": "{number}ばん", "en": "no. {number}"}


@pytest.mark.parametrize(("ward", "template"), EVERY)
def test_every_message_renders_its_sample_in_every_language(ward, template):
    words = wording(template, ward)
    assert set(words.sample) == words.names
    for language in LANGUAGES:
        subject, body = words.render(words.sample, language)
        assert subject
        assert "{" not in subject + body


@pytest.mark.parametrize(("ward", "template"), EVERY)
def test_no_japanese_is_left_in_english(ward, template):
    words = wording(template, ward)
    sample = dict.fromkeys(words.names, "x")
    text = "".join(words.render(sample, "en"))
    text = re.sub(r"\([^()]*\)", "", text)  # a term in brackets is what stands on the form or sign
    assert not [c for c in text if "\u3040" <= c <= "\u9fff"]


def test_messages_of_an_application_are_there():
    wanted = {"ask/received", "ask/correction-asked", "ask/correction-received", "ask/withdrawn"}
    assert wanted | {"child_allowance/granted", "child_allowance/refused"} <= set(templates("sumida"))


@pytest.mark.parametrize(
    "body",
    [
        {**WORDS, "en": "{number.real}"},
        {**WORDS, "en": "{number!r}"},
        {**WORDS, "en": "{number:>100000000}"},
        {**WORDS, "en": "{0}"},
        {**WORDS, "en": "{}"},
        {**WORDS, "en": "{__class__}"},
        {**WORDS, "en": "{unclosed"},
        {**WORDS, "en": "  "},
        {"ja": "一つだけ"},
        {**WORDS, "fr": "numéro"},
    ],
)
def test_a_faulty_text_is_refused(body):
    with pytest.raises(ValueError, match="validation error"):
        Wording(subject=WORDS, body=body)


def test_a_subject_of_two_lines_is_refused():
    with pytest.raises(ValueError, match="one line"):
        Wording(subject={**WORDS, "ja": "件名\nBcc: a@example.jp"}, body=WORDS)


def test_a_sample_must_hold_every_placeholder_and_no_other():
    with pytest.raises(ValueError, match="sample"):
        Wording(subject=WORDS, body=WORDS, sample={"numbr": "1"})


def test_a_context_that_lacks_a_name_is_refused():
    with pytest.raises(WordingError, match="number"):
        Wording(subject=WORDS, body=WORDS).render({"other": "1"}, "ja")


def test_a_value_never_brings_placeholders_or_lines_into_the_subject():
    subject, body = Wording(subject=WORDS, body=WORDS).render({"number": "{number}\r\nBcc: a@example.jp"}, "ja")
    assert subject == "{number} Bcc: a@example.jp番"
    assert body.startswith("{number}")


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (date(2026, 12, 4), "ja", "令和8年12月4日番"),
        (date(2026, 12, 4), "en", "no. 4 December 2026"),
        (12000, "en", "no. 12,000"),
        ({"ja": "一", "en": "one"}, "en", "no. one"),
        ({"ja": "一", "en": "one"}, "ja-easy", "一ばん"),
    ],
)
def test_a_value_is_put_into_the_language(value, language, said):
    assert Wording(subject=WORDS, body=WORDS).render({"number": value}, language)[1] == said


@pytest.mark.parametrize("value", [True, 1.5, None, object()])
def test_a_value_that_has_no_form_in_text_is_refused(value):
    with pytest.raises(WordingError):
        Wording(subject=WORDS, body=WORDS).render({"number": value}, "ja")


@pytest.mark.parametrize("name", ["../../secret", "ask/../x", "/etc/passwd", "ask", "ask/Received", "ask/nothing"])
def test_a_name_that_is_no_message_is_refused(name):
    with pytest.raises(WordingError):
        wording(name)


def test_a_ward_may_say_it_in_its_own_words(tmp_path):
    for folder, text in (("_common", "共通"), ("sumida", "墨田")):
        file = tmp_path / folder / "messages" / "ask" / "received.yaml"
        file.parent.mkdir(parents=True)
        texts = f"{{ja: {text}, ja-easy: {text}, en: {text}}}"
        file.write_text(f"subject: {texts}\nbody: {texts}\n", "utf-8")
    assert wording("ask/received", "sumida", tmp_path).subject["ja"] == "墨田"
    assert wording("ask/received", "kita", tmp_path).subject["ja"] == "共通"
