"""The question for a bank account (口座): five fields, one answer, checked against the banks' rules."""

import re

from django.utils.html import format_html
from django.utils.translation import gettext as _

from kusei.base.ask import bank
from kusei.base.ask.kinds import Kind, clean
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import beside, row, text
from kusei.base.web import kit

PARTS = ("bank_code", "bank_name", "branch_code", "branch_name", "account", "number", "holder")
ACCOUNTS = ("ordinary", "current")


def account_names() -> dict[str, str]:
    """Kinds of account that take allowances (預金種目)."""
    return {"ordinary": _("普通"), "current": _("当座")}


class BankKind(Kind):
    """An account in Japan: codes, kind, number, holder in kana; ゆうちょ's 記号・番号 are converted."""

    def json_schema(self, question):
        parts = {part: {"type": "string", "maxLength": 60} for part in PARTS} | {"account": {"enum": list(ACCOUNTS)}}
        return {"type": "object", "properties": parts, "required": list(PARTS), "additionalProperties": False}

    def from_json(self, key, value):
        return {f"{key}_{part}": [value[part]] for part in PARTS}

    def typed(self, key, post):
        return {part: post.get(f"{key}_{part}", "") for part in PARTS}

    def read(self, key, question, post, setting):
        problems: dict[str, str] = {}
        typed = {}
        for part, raw in self.typed(key, post).items():
            try:
                typed[part] = clean(raw, 60, f"{key}_{part}")
            except Invalid as invalid:
                problems |= invalid.problems
        if problems:
            raise Invalid(problems)
        value = {
            **typed,
            **{part: bank.plain_digits(typed[part]) for part in ("bank_code", "branch_code", "number")},
        }
        from_post = value["bank_code"] == bank.POST_BANK and bank.post_bank(value["branch_code"], value["number"])
        if from_post:
            value["branch_code"], value["number"] = from_post
        problems = {f"{key}_{part}": message for part, message in _faults(value, question, setting).items()}
        if problems:
            raise Invalid(problems)
        return {**value, "number": value["number"].zfill(7), "holder": bank.holder_kana(value["holder"])}

    def draw(self, key, question, value, errors, setting, heading):
        value = value or {"account": "ordinary"}

        def one(kind, part, label, **options):
            name = f"{key}_{part}"
            return kit.field(
                kind, name, label, value=value.get(part), error=errors.get(name, ""), required=True, **options
            )

        post_hint = _(
            "ゆうちょ銀行は、金融機関コードに9900、支店コードに記号（5けた）、口座番号に番号を入れてください。"
        )
        fields = [
            one("text", "bank_name", _("金融機関の名前"), autocomplete="off", width="16"),
            one("number", "bank_code", _("金融機関コード（4けた）"), hint=post_hint, width="4"),
            one("text", "branch_name", _("支店の名前"), autocomplete="off", width="16"),
            one("number", "branch_code", _("支店コード（3けた）"), width="4"),
            one("radios", "account", _("預金の種類"), choices=list(account_names().items())),
            one(
                "number",
                "number",
                _("口座番号（7けた）"),
                hint=_("7けたに足りないときは、そのまま入力してください。"),
                width="8",
            ),
            one(
                "kana",
                "holder",
                _("口座の名義（カナ）"),
                hint=_("通帳に書いてあるとおりに。例：ヤマダ ハナコ"),
                width="32",
            ),
        ]
        tag = "h1" if heading else "h2"
        hint = text(question.hint.mapping()) if question.hint else ""
        head = format_html(f'<{tag}>{{}}</{tag}><p class="hint">{{}}</p>', text(question.label.mapping()), hint)
        return format_html("{}" + "{}" * len(fields), head, *fields)

    def tell(self, question, value, given):
        return [
            row(beside(value["bank_name"], value["bank_code"]), beside(value["branch_name"], value["branch_code"])),
            f"{account_names()[value['account']]} {value['number']}",
            value["holder"],
        ]


def _faults(value: dict, question, setting) -> dict[str, str]:
    """What is wrong with an account, part by part."""
    faults = {}
    for part, pattern, message in (
        ("bank_name", r".+", _("金融機関の名前を入力してください。")),
        ("bank_code", r"\d{4}", _("金融機関コードは4けたの数字です。通帳や銀行のウェブサイトで確かめてください。")),
        ("branch_name", r".+", _("支店の名前を入力してください。")),
        ("branch_code", r"\d{3}", _("支店コードは3けたの数字です。通帳で確かめてください。")),
        ("account", "|".join(ACCOUNTS), _("預金の種類を選んでください。")),
        ("number", r"\d{4,7}", _("口座番号は7けたまでの数字です。")),
    ):
        if not re.fullmatch(pattern, value[part]):
            faults[part] = message
    try:
        holder = bank.holder_kana(value["holder"])
    except ValueError:
        faults["holder"] = _("口座の名義は、カタカナで入力してください。例：ヤマダ ハナコ")
    else:
        if question.holder_is and bank.same_person(holder, setting.fact(question.holder_is) or "") is False:
            faults["holder"] = _(
                "口座の名義が、登録されているあなたのフリガナ（%(kana)s）とちがいます。ご本人の口座を入力してください。"
            ) % {"kana": setting.fact(question.holder_is)}
    return faults
