"""The question for whom one applies (申請者): oneself, or an organisation for which one holds a mandate (代理権) for this purpose today.

The answer is `{"kind": "self"}`, or `{"kind": "organisation", "party_id": …, "name": …, "corporate_number": …}`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from kusei.base.ask.kinds import Forged, Kind, shared
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import beside, pair, text
from kusei.base.web import kit

SELF = "self"


def principal(answer: Any) -> UUID | None:
    """The organisation that applies, by the answer; None where somebody applies for themselves."""
    return UUID(answer["party_id"]) if isinstance(answer, Mapping) and answer.get("kind") == "organisation" else None


class ApplicantKind(Kind):
    """Oneself or one of the organisations that one may act for."""

    def json_schema(self, question):
        return {"anyOf": [{"const": SELF}, {"type": "string", "format": "uuid"}]}

    def typed(self, key, post):
        chosen = post.get(key, "")
        return {"kind": SELF} if chosen == SELF else {"kind": "organisation", "party_id": chosen} if chosen else None

    def read(self, key, question, post, setting):
        chosen = post.get(key, "")
        if not chosen:
            raise Invalid({key: _("どれか1つを選んでください。")})
        if chosen == SELF:
            return {"kind": SELF}
        found = next((each for each in setting.represented() if str(each.party_id) == chosen), None)
        if found is None:
            raise Forged({key: _("選べない答えです。もう一度選んでください。")})
        return {
            "kind": "organisation", "party_id": chosen, "name": found.name, "corporate_number": found.corporate_number or "",
        }  # fmt: skip

    def draw(self, key, question, value, errors, setting, heading):
        choices = [(SELF, _("自分（個人）"), "")]
        choices += [
            (str(each.party_id), each.name, pair(_("法人番号"), each.corporate_number) if each.corporate_number else "")
            for each in setting.represented()
        ]
        chosen = (value or {}).get("party_id") or (value or {}).get("kind", "")
        options = shared(question, errors, key, heading)
        return kit.field("radios", key, text(question.label.mapping()), value=chosen, choices=choices, **options)

    def tell(self, question, value, given):
        if value["kind"] == SELF:
            return [_("自分（個人）")]
        number = value["corporate_number"]
        return [beside(value["name"], pair(_("法人番号"), number)) if number else value["name"]]
