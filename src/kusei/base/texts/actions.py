"""What people do with translations: find one right, or make it right."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.texts import queries
from kusei.base.texts.models import Check
from kusei.base.texts.queries import Translation
from kusei.base.web.translations import placeholders

PURPOSE = "翻訳の確認"
LONGEST = 5000


@action(purpose=PURPOSE, may="texts.check")
def check(one: Translation, language: str, forms: Sequence[str], seen: str, *, by, now: datetime) -> Check:
    """Say that this is right in the language; `seen` is `one.seen` of what was read. Takes effect on pages within half a minute.

    Raises `NotNow` where somebody else was first, `Invalid` where values, elements or a text itself are lost.
    """
    one = queries.named(language, one.digest) or one
    if seen != one.seen:
        raise NotNow(_("ほかの人が先に確かめたか、訂正しています。いまの訳を見てください。"))
    forms = [_plain(form) for form in forms]
    _well_formed(one, forms)
    turn = Check.objects.filter(language=language, digest=one.digest).count()
    try:
        with transaction.atomic():
            made = Check.objects.create(
                language=language, digest=one.digest, turn=turn, text=one.text, forms=forms,
                corrected=forms != list(one.forms), by_id=by.account_id, by_name=by.name, at=now,
            )  # fmt: skip
    except IntegrityError:
        raise NotNow(_("ほかの人が先に確かめたか、訂正しています。いまの訳を見てください。")) from None
    detail = {"language": language, "source": one.source[:80], "corrected": made.corrected}
    audit.log(by, "change", "texts.check", purpose=PURPOSE, now=now, obj=made, detail=detail)
    return made


def _plain(form: str) -> str:
    return form.replace("\r\n", "\n").strip("\n")


def _well_formed(one: Translation, forms: Sequence[str]) -> None:
    """Raises `Invalid`. What stands in templates unescaped must not bring in elements of its own."""
    context, _source = queries.context_and_source(one.text)
    for form in forms:
        if not form.strip():
            raise Invalid({"form": _("訳を入力してください。")})
        if len(form) > LONGEST or "\0" in form:
            raise Invalid({"form": _("長すぎるか、使えない文字が入っています。")})
        if placeholders(form) != placeholders(one.source):
            raise Invalid({"form": _("%(name)s や {name}、<…> の部分は、元の文と同じものを残してください。")})
        if not context and _loose(form) > _loose(one.source):
            raise Invalid({"form": _("元の文にない < > & は使えません。")})
        if not context and form.replace("%%", "").count("%") != one.source.replace("%%", "").count("%"):
            raise Invalid({"form": _("% は、元の文と同じだけ使ってください。")})
    if len(forms) != len(one.forms):
        raise Invalid({"form": _("訳を入力してください。")})


def _loose(text: str) -> int:
    return sum(text.count(sign) for sign in "<>&")
