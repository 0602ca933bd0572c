"""Organisations (法人・団体): entered with their corporate number, whose check digit must hold; their address is history like a person's."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.offers import Register
from kusei.base.parties import queries
from kusei.base.parties.models import Act, Party, Residence
from kusei.base.parties.rules import is_corporate_number, plain
from kusei.base.parties.steps import Notice, Steps, begin

PURPOSE = "法人・団体の登録"


@dataclass(frozen=True)
class Organisation:
    """An organisation as it says who it is; `number` is its corporate number (法人番号), "" for those without one."""

    name: str
    kana: str = ""
    number: str = ""
    address: str = ""
    phone: str = ""


@action(purpose=PURPOSE, may="parties.change")
def register_organisation(notice: Notice, given: Organisation, *, by: Actor, now: datetime) -> Act:
    """登録: an organisation from the day on. Raises Invalid without a name, for a corporate number that is none, and for one that is taken."""
    if found := begin(notice, "organisation", now):
        return found
    number = plain(given.number)
    if not given.name.strip():
        raise Invalid({"name": _("名称を書いてください。")})
    if number and not is_corporate_number(number):
        raise Invalid(
            {"number": _("法人番号が正しくありません。13桁の数字を確かめてください（検査用数字が合いません）。")}
        )
    steps = Steps(notice, by, now)
    made = Party(
        kind="organisation", name=given.name.strip(), kana=given.kana.strip(), corporate_number=number or None, phone=given.phone.strip(),
        source="届出", as_of=notice.day, is_resident=False,
    )  # fmt: skip
    try:
        with transaction.atomic():
            steps.open(made)
    except IntegrityError:
        raise Invalid({"number": _("この法人番号は、すでに登録されています。")}) from None
    if given.address.strip():
        steps.open(Residence(party=made, block="", elsewhere=given.address.strip(), since=notice.day))
    steps.touch(made.id)
    return steps.keep("organisation")


def visible(by: Actor, purpose: str, now: datetime):
    """The organisations that `by` may see."""
    return queries.visible(by, purpose, now).filter(kind="organisation")


REGISTER = Register(
    name="organisations", title="法人・団体", model=Party,
    columns=[("name", "名称"), ("kana", "フリガナ"), ("corporate_number", "法人番号"), ("phone", "電話番号"), ("as_of", "登録日")],
    visible=visible, search=["corporate_number", "name_key", "kana_key"], subject="id", purpose=PURPOSE, add="parties:organisation",
)  # fmt: skip
