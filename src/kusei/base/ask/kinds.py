"""Kinds of questions: how each is drawn, read from a post, and told back. One class a kind, one table.

`read` raises `Invalid` with a message for each field; a page is drawn again with what was typed (`typed`), so nothing is lost.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kusei.base.ask.schema import Question
from kusei.base.kernel import calendar
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import beside, number, pair, row, text
from kusei.base.kernel.offers import Option, registry
from kusei.base.parties.words import relationship
from kusei.base.web import kit

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\ufffd\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)


class Forged(Invalid):
    """A value that the page never offered: somebody else's id, an unknown choice. Answered as invalid, and audited."""


@dataclass
class Setting:
    """What a question is asked in: facts given by the register, today's date in Japan, and where files go.

    given: fact → {"value", "source", "as_of"}. keep(upload) → the entry that an answer of kind file lists. files: the entries kept so far.
    options: name → the options of a question that takes them `from` there, as they are when it is asked. attached(key, id) → the entry of a
    file that was sent before, None where there is none. represented() → the organisations that whoever is asked may act for.
    """

    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    today: date = date.min
    keep: Callable[[str, Any], dict] | None = None
    uploads: Any = None
    options: Callable[[str], list[Option]] | None = None
    attached: Callable[[str, Any], dict | None] | None = None
    represented: Callable[[], list] = list

    def offered(self, question: Question) -> list[Option]:
        """What a question offers to choose from."""
        if question.source is None:
            return fixed(question)
        return self.options(question.source) if self.options else registry.options(question.source, self.today)

    def fact(self, name: str) -> Any:
        """The value of a fact, or None where the register has none."""
        return (self.given.get(name) or {}).get("value")


def clean(raw: str, most: int, key: str) -> str:
    """Typed text without surrounding space, line ends as \\n. Raises Invalid for unprintable characters and over-long text."""
    value = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _UNPRINTABLE.search(value):
        raise Invalid({key: _("読み取れない文字が入っています。もう一度入力してください。")})
    if len(value) > most:
        raise Invalid(
            {key: _("%(most)s文字までで入力してください。いまは%(now)s文字です。") % {"most": most, "now": len(value)}}
        )
    return value


class Kind:
    """Base of the kinds. `typed` gives what was posted in the shape `draw` takes as value."""

    def typed(self, key: str, post: QueryDict) -> Any:
        """What was typed, as it is, to be shown again."""
        return post.get(key, "")

    def read(self, key: str, question: Question, post: QueryDict, setting: Setting) -> Any:
        """The answer. Raises Invalid."""
        raise NotImplementedError

    def draw(
        self, key: str, question: Question, value: Any, errors: Mapping[str, str], setting: Setting, heading: bool
    ) -> SafeString:
        """The question as HTML."""
        raise NotImplementedError

    def tell(self, question: Question, value: Any, given: Mapping) -> list[str]:
        """The answer in lines of plain text, in the active language."""
        return [str(value)]

    def json_schema(self, question: Question) -> dict[str, Any]:
        """What an answer looks like in JSON, as JSON Schema (2020-12)."""
        return {"type": "string", "maxLength": 200}

    def from_json(self, key: str, value: Any) -> dict[str, list[str]]:
        """An answer in JSON as the fields of a form, to be read by `read` as from a page."""
        return {key: ["" if value is None else str(value)]}

    def initial(self, question: Question, setting: Setting) -> Any:
        """What the field holds before anything was answered: the register's fact."""
        return setting.fact(question.fact) if question.fact else None


def fixed(question: Question) -> list[Option]:
    """The choices that the procedure itself lists."""
    return [Option(c.key, c.label.mapping(), c.hint.mapping() if c.hint else "") for c in question.choices]


def labels(question: Question) -> dict[str, str]:
    """Every choice there ever was: key → label in the active language."""
    options = fixed(question) if question.source is None else registry.options(question.source, None)
    return {option.key: text(option.label) for option in options}


def as_choices(options: list[Option]) -> list[tuple[str, str, str]]:
    """Options as the kit draws them, in the active language."""
    return [(option.key, text(option.label), text(option.hint)) for option in options]


FURTHEST = timedelta(days=366)
"""How far ahead an appointment can be asked for."""
MOST_RADIOS = 15
"""Options beyond which a list to open is easier to use than all of them in a row."""


def shared(question: Question, errors: Mapping[str, str], key: str, heading: bool) -> dict[str, Any]:
    """The options every kind gives to `kit.field`."""
    return {
        "hint": text(question.hint.mapping()) if question.hint else "",
        "error": errors.get(key, ""),
        "required": question.required,
        "page_heading": heading,
    }


class TextKind(Kind):
    """One line or several of text (自由記入)."""

    def __init__(self, control: str, most: int):
        self.control, self.most = control, most

    def read(self, key, question, post, setting):
        value = clean(post.get(key, ""), question.max or self.most, key)
        if question.required and not value:
            raise Invalid({key: _("入力してください。")})
        return value

    def json_schema(self, question):
        return {"type": "string", "maxLength": question.max or self.most, "minLength": int(question.required)}

    def draw(self, key, question, value, errors, setting, heading):
        options = shared(question, errors, key, heading)
        return kit.field(self.control, key, text(question.label.mapping()), value=value, **options)


class PhoneKind(TextKind):
    """A telephone number: 10 or 11 digits beginning with 0, or an international one beginning with + (E.164)."""

    def __init__(self):
        super().__init__("tel", 30)

    def read(self, key, question, post, setting):
        value = super().read(key, question, post, setting)
        digits = re.sub(r"[\s\-‐-―ー－()（）.]", "", unicodedata.normalize("NFKC", value))
        if value and not re.fullmatch(r"0\d{9,10}|\+[1-9]\d{6,14}", digits):
            raise Invalid({key: _("電話番号は、0からはじまる10けたか11けたの数字で入力してください。例：03-1234-5678")})
        return digits

    def tell(self, question, value, given):
        return [hyphened(value)]


def hyphened(phone: str) -> str:
    """A telephone number with hyphens where its form alone says where they go: 03 and 06, and eleven digits (mobile, IP); else as it is."""
    for form in (r"(0[36])(\d{4})(\d{4})", r"(0[5679]0)(\d{4})(\d{4})", r"(080)([1-9]\d{3})(\d{4})"):
        if found := re.fullmatch(form, phone):
            return "-".join(found.groups())
    return phone


class NumberKind(Kind):
    """A whole number within bounds; full-width digits are read too."""

    def json_schema(self, question):
        most = question.max if question.max is not None else 999_999_999
        kind = "integer" if question.required else ["integer", "null"]
        return {"type": kind, "minimum": question.min or 0, "maximum": most}

    def read(self, key, question, post, setting):
        typed = unicodedata.normalize("NFKC", clean(post.get(key, ""), 30, key)).replace(",", "")
        if not typed and not question.required:
            return None
        least, most = question.min or 0, question.max if question.max is not None else 999_999_999
        if not re.fullmatch(r"\d{1,9}", typed) or not least <= int(typed) <= most:
            raise Invalid(
                {key: _("%(least)sから%(most)sまでの数字で入力してください。") % {"least": least, "most": most}}
            )
        return int(typed)

    def draw(self, key, question, value, errors, setting, heading):
        options = shared(question, errors, key, heading)
        suffix = text(question.suffix.mapping()) if question.suffix else ""
        return kit.field("number", key, text(question.label.mapping()), value=value, suffix=suffix, **options)

    def tell(self, question, value, given):
        return [f"{number(value)}{text(question.suffix.mapping()) if question.suffix else ''}"]


class DateKind(Kind):
    """A date, typed as year (西暦 or 和暦), month and day."""

    def json_schema(self, question):
        return {
            "type": "string" if question.required else ["string", "null"],
            "format": "date",
            "pattern": r"^\d{4}-\d{2}-\d{2}$",
        }

    def from_json(self, key, value):
        parts = ("year", "month", "day")
        return {f"{key}_{part}": [typed] for part, typed in zip(parts, (value or "--").split("-"), strict=True)}

    def typed(self, key, post):
        return {part: post.get(f"{key}_{part}", "") for part in ("year", "month", "day")}

    def read(self, key, question, post, setting):
        year, month, day = (clean(v, 12, key) for v in self.typed(key, post).values())
        if not (year or month or day) and not question.required:
            return None
        try:
            found = calendar.read_date(f"{year}年{month}月{day}日")
        except calendar.NoSuchDate as error:
            raise Invalid({key: str(error)}) from None
        if question.past and found > setting.today:
            raise Invalid({key: _("きょうまでの日を入力してください。")})
        if question.future and found < setting.today:
            raise Invalid({key: _("きょうからの日を入力してください。")})
        soon = setting.today < found <= setting.today + FURTHEST
        if question.open_day and not (soon and calendar.is_business_day(found)):
            raise Invalid(
                {key: _("あしたからの、区役所が開いている日（土曜・日曜・祝日・年末年始をのぞく）を入力してください。")}
            )
        return found.isoformat()

    def draw(self, key, question, value, errors, setting, heading):
        return kit.field(
            "date", key, text(question.label.mapping()), value=value, **shared(question, errors, key, heading)
        )

    def tell(self, question, value, given):
        shown = kit.day(date.fromisoformat(value))  # the year of an era alone leaves room for mistakes
        return [beside(shown, value) if get_language() == "ja" else shown]


class ChoiceKind(Kind):
    """One of several (択一)."""

    def json_schema(self, question):
        keys = list(labels(question))
        return {"enum": keys if question.required else [*keys, None]}

    def read(self, key, question, post, setting):
        value = post.get(key, "")
        if not value:
            if question.required:
                raise Invalid({key: _("どれか1つを選んでください。")})
            return None
        if value not in {option.key for option in setting.offered(question)}:
            if setting.options is None and value in labels(question):
                raise Invalid({key: _("いまは選べない答えです。もう一度選んでください。")})
            raise Forged({key: _("選べない答えです。もう一度選んでください。")})
        return value

    def draw(self, key, question, value, errors, setting, heading):
        choices = as_choices(setting.offered(question))
        options = shared(question, errors, key, heading)
        kind = "radios"
        if len(choices) > MOST_RADIOS:
            kind, choices = "select", [("", _("選んでください"), ""), *choices]
        return kit.field(kind, key, text(question.label.mapping()), value=value, choices=choices, **options)

    def tell(self, question, value, given):
        return [labels(question).get(value, str(value))]


class ChoicesKind(ChoiceKind):
    """Any number of several; with `all_of_them`, every one must be ticked (同意)."""

    def json_schema(self, question):
        keys = list(labels(question))
        least = len(keys) if question.all_of_them else int(question.required)
        return {"type": "array", "items": {"enum": keys}, "uniqueItems": True, "minItems": least}

    def from_json(self, key, value):
        return {key: value}

    def typed(self, key, post):
        return post.getlist(key)

    def read(self, key, question, post, setting):
        chosen = list(dict.fromkeys(post.getlist(key)))
        offered = [option.key for option in setting.offered(question)]
        if set(chosen) - set(offered):
            raise Forged({key: _("選べない答えです。もう一度選んでください。")})
        if question.all_of_them and set(chosen) != set(offered):
            raise Invalid({key: _("すべてを確認して、チェックを入れてください。")})
        if question.required and not chosen:
            raise Invalid({key: _("1つ以上選んでください。")})
        return [k for k in offered if k in chosen]

    def draw(self, key, question, value, errors, setting, heading):
        choices = as_choices(setting.offered(question))
        options = shared(question, errors, key, heading)
        return kit.field(
            "checkboxes", key, text(question.label.mapping()), value=value or [], choices=choices, **options
        )

    def tell(self, question, value, given):
        offered = labels(question)
        return [offered.get(k, k) for k in value]


class TickKind(Kind):
    """One thing that is so or not (チェック): true or false."""

    def json_schema(self, question):
        return {"type": "boolean"}

    def from_json(self, key, value):
        return {key: ["on"] if value else []}

    def read(self, key, question, post, setting):
        return bool(post.get(key))

    def draw(self, key, question, value, errors, setting, heading):
        options = {
            k: v for k, v in shared(question, errors, key, heading).items() if k not in ("required", "page_heading")
        }
        return kit.field("checkbox", key, text(question.label.mapping()), value=value, optional_mark=False, **options)

    def tell(self, question, value, given):
        return [_("はい") if value else _("いいえ")]


class KnownKind(ChoiceKind):
    """Facts the ward knows, shown to be confirmed, never typed again (登録内容の確認)."""

    def draw(self, key, question, value, errors, setting, heading):
        rows = [{"label": fact_label(name), "value": fact_text(name, setting.fact(name))} for name in question.facts]
        choices = super().draw(key, question, value, errors, setting, heading=False)
        head = format_html("<h1>{}</h1>", _("あなたの登録内容")) if heading else ""
        return format_html(
            '<div class="stack">{}<div class="panel">{}</div></div>{}', head, kit.definition(rows), choices
        )

    def tell(self, question, value, given):
        facts = [pair(fact_label(n), fact_text(n, given[n]["value"])) for n in question.facts if n in given]
        return [*super().tell(question, value, given), *facts]


class PeopleKind(Kind):
    """People of the household, chosen from what the register holds (世帯員の選択)."""

    def json_schema(self, question):
        least = int(question.required)
        return {"type": "array", "items": {"type": "string", "format": "uuid"}, "uniqueItems": True, "minItems": least}

    def from_json(self, key, value):
        return {key: value}

    def offered(self, question: Question, setting: Setting) -> dict[str, dict]:
        """Who may be chosen: party id → the person; with `max_age`, until the 31 March after that birthday (年齢計算ニ関する法律)."""
        people = setting.fact(question.source) or []
        born = {p["party_id"]: date.fromisoformat(p["birth_date"]) for p in people}
        return {
            p["party_id"]: p
            for p in people
            if question.max_age is None
            or setting.today <= calendar.first_march_31(born[p["party_id"]], question.max_age)
        }

    def typed(self, key, post):
        return [{"party_id": chosen} for chosen in post.getlist(key)]

    def read(self, key, question, post, setting):
        offered = self.offered(question, setting)
        chosen = list(dict.fromkeys(post.getlist(key)))
        if set(chosen) - set(offered):
            raise Forged({key: _("選べない人です。もう一度選んでください。")})
        if question.required and not chosen:
            raise Invalid({key: _("1人以上選んでください。")})
        return [offered[c] for c in offered if c in chosen]

    def draw(self, key, question, value, errors, setting, heading):
        choices = [
            (
                party_id,
                p["name"],
                row(p["kana"], kit.day(date.fromisoformat(p["birth_date"])), relationship(p["relationship"])),
            )
            for party_id, p in self.offered(question, setting).items()
        ]
        options = shared(question, errors, key, heading)
        if not choices:
            options["hint"] = _(
                "あてはまる方が、区の住民記録に見つかりません。世帯の登録が変わったばかりのときは、担当課へお問い合わせください。"
            )
        chosen = [p["party_id"] for p in value or []]
        return kit.field("checkboxes", key, text(question.label.mapping()), value=chosen, choices=choices, **options)

    def tell(self, question, value, given):
        return [beside(p["name"], kit.day(date.fromisoformat(p["birth_date"]))) for p in value]


class FileKind(Kind):
    """Photos or PDFs (添付). The answer lists what is kept: attachment, file, name."""

    def typed(self, key, post):
        return []

    def read(self, key, question, post, setting):
        kept = [f for f in setting.given.get("files", {}).get(key, []) if post.get("remove") != f["attachment"]]
        new = [f for f in setting.uploads.getlist(key) if f.name]
        if len(kept) + len(new) > question.most:
            raise Invalid(
                {key: _("%(most)sつまでです。いらないものを取り消してから追加してください。") % {"most": question.most}}
            )
        kept += [setting.keep(key, upload) for upload in new]
        if question.required and not kept and not post.get("remove"):
            raise Invalid({key: _("ファイルを選んでください。")})
        return kept

    def draw(self, key, question, value, errors, setting, heading):
        listed = format_html_join(
            "",
            '<li class="spread">{} <button class="button button-text button-small" name="remove" value="{}">{}'
            '<span class="visually-hidden"> {}</span></button></li>',
            ((f["name"], f["attachment"], _("取り消す"), f["name"]) for f in value or []),
        )
        options = shared(question, errors, key, heading)
        control = kit.field(
            "file",
            key,
            text(question.label.mapping()),
            accept="image/jpeg,image/png,application/pdf",
            capture="environment" if question.camera else "",
            multiple=question.most > 1,
            **options,
        )
        kept = format_html('<p>{}</p><ul class="files">{}</ul>', _("受け取ったファイル"), listed) if value else ""
        return format_html("{}{}", control, kept)

    def tell(self, question, value, given):
        return [f["name"] for f in value]


def fact_label(name: str) -> str:
    """What a fact is called, in the active language."""
    names = {
        "name": _("氏名"),
        "kana": _("フリガナ"),
        "birth_date": _("生年月日"),
        "address": _("住所"),
        "phone": _("電話番号"),
        "former_name": _("旧氏"),
        "household": _("世帯の方"),
        "household.children": _("世帯のお子さん"),
        "corporate_number": _("法人番号"),
    }
    offered = registry.named("facts", name)
    return text(offered.label) if offered else names.get(name, name)


def fact_text(name: str, value: Any) -> str:
    """A fact in one line."""
    if value in (None, ""):
        return _("登録なし")
    if name == "birth_date":
        return kit.day(date.fromisoformat(value))
    if isinstance(value, int):
        return number(value)
    return value["text"] if isinstance(value, dict) else str(value)
