"""What the office does with procedures: begin a manuscript, change it, ask for it to be published, publish it, go back."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.ask.models import Snapshot
from kusei.base.ask.schema import Procedure
from kusei.base.builder import checks, queries
from kusei.base.builder.exchange import MOST_BYTES
from kusei.base.builder.models import Change, Edition, Manuscript
from kusei.base.builder.queries import PURPOSE
from kusei.base.kernel.acts import action, locked
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.staff.models import Department

PUBLISHING = "手続の公開"
SLUG = re.compile(r"^[a-z0-9][a-z0-9_-]{0,59}(/[a-z0-9][a-z0-9_-]{0,18})?$")
LONGEST_NOTE = 1000
FURTHEST = 730
"""Days ahead for which a version may be planned."""


def _late() -> str:
    return _("ほかの人が先に保存したか、公開を依頼しました。いまの原稿を見て、もう一度直してください。")


@action(purpose=PURPOSE, may="ask.author", where="path", log="builder.begin")
def begin(
    department: Department,
    slug: str,
    definition: dict[str, Any],
    based_on: Snapshot | None = None,
    *,
    by,
    now: datetime,
) -> Manuscript:
    """Begin a manuscript of a procedure, new or published before. Raises NotNow where one is being written, Invalid for a bad address."""
    if not SLUG.match(slug):
        raise Invalid({"slug": _("URLの名前は、半角の英小文字・数字・_・-で入力してください。")})
    if based_on is None and Snapshot.objects.filter(procedure=slug).exists():
        raise Invalid({"slug": _("この名前の手続きはもうあります。一覧から選んで直してください。")})
    _fits(definition)
    try:
        with transaction.atomic():
            return Manuscript.objects.create(
                procedure=slug, department=department, definition=definition, based_on=based_on, begun_at=now,
                changed_at=now, changed_by_id=by.account_id,
            )  # fmt: skip
    except IntegrityError:
        raise NotNow(_("この手続きの原稿は、もう作られています。一覧から開いてください。")) from None


def _fits(definition: dict[str, Any]) -> None:
    if len(json.dumps(definition, ensure_ascii=False).encode("utf-8", "replace")) > MOST_BYTES:
        raise Invalid({"": _("手続きが大きすぎます。質問か文を減らしてください。")})


@action(purpose=PURPOSE, may="ask.author", where="department_id")
def change(
    manuscript: Manuscript, version: int, edit: Callable[[dict], dict], what: str, thing: str, *, by, now: datetime
) -> Manuscript:
    """Change a manuscript: `edit` gives the new definition of the old. `version` is that of the manuscript somebody had before their eyes.
    Raises NotNow where it has changed since, and what `edit` raises."""
    found = locked(manuscript, Q(version=version, state="open"), _late())
    definition = edit(found.definition)
    _fits(definition)
    if definition.get("department") != found.definition.get("department"):
        found.department = _department(definition, by)
    found.definition, found.version = definition, found.version + 1
    found.changed_at, found.changed_by_id = now, by.account_id
    found.save(update_fields=["definition", "version", "department", "changed_at", "changed_by"])
    Change.objects.create(
        manuscript=found,
        version=found.version,
        at=now,
        by_id=by.account_id,
        by_name=by.name,
        what=what,
        thing=thing[:200],
    )
    detail = {"version": found.version, "what": what, "thing": thing[:200]}
    audit.log(by, "change", "builder.change", obj=found, purpose=PURPOSE, now=now, detail=detail)
    return found


def _department(definition: dict[str, Any], by) -> Department:
    """The department the procedure is given to. Raises Invalid for one that isn't there or not the author's."""
    found = Department.objects.filter(code=definition.get("department") or "").first()
    if found is None or not by.may("ask.author", found.path, PURPOSE):
        raise Invalid({"department": _("担当課は、あなたが手続きを作れる課から選んでください。")})
    return found


@action(purpose=PURPOSE, may="ask.author", where="department_id", log="builder.drop")
def drop(manuscript: Manuscript, version: int, *, by, now: datetime) -> Manuscript:
    """Give a manuscript up (取りやめ). What is published stays as it is."""
    found = locked(manuscript, Q(version=version, state__in=["open", "asked"]), _late())
    found.state = "dropped"
    found.save(update_fields=["state"])
    return found


@action(purpose=PURPOSE, may="ask.author", where="department_id", log="builder.ask")
def ask_for(manuscript: Manuscript, version: int, valid_from: date, note: str, *, by, now: datetime) -> Manuscript:
    """Ask for the manuscript to be published from a day (公開の依頼). Raises Invalid where it has faults or the day doesn't do."""
    found = locked(manuscript, Q(version=version, state="open"), _late())
    _day(valid_from, now)
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise Invalid({"note": _("何をなぜ変えるのかを、%(most)s文字までで書いてください。") % {"most": LONGEST_NOTE}})
    _sound(found.definition, found.procedure)
    found.state, found.valid_from, found.note, found.asked_by_id = "asked", valid_from, note.strip(), by.account_id
    found.save(update_fields=["state", "valid_from", "note", "asked_by"])
    return found


def _day(valid_from: date, now: datetime) -> None:
    today = local_date(now)
    if valid_from < today:
        raise Invalid({"valid_from": _("きょうか、それよりあとの日にしてください。")})
    if (valid_from - today).days > FURTHEST:
        raise Invalid({"valid_from": _("2年より先の日にはできません。")})


def _sound(definition: dict[str, Any], slug: str) -> Procedure:
    """The procedure. Raises Invalid with the first faults that keep it from being published."""
    errors = [fault for fault in checks.of(definition, queries.known(slug)) if fault.severity == "error"]
    if errors:
        told = " ".join(fault.words for fault in errors[:3])
        raise Invalid(
            {
                "": _("直すところが%(n)s件あります。「検査」を見てください。%(first)s")
                % {"n": len(errors), "first": told}
            }
        )
    return Procedure.model_validate(definition)


@action(purpose=PUBLISHING, may="ask.publish", where="department_id", log="builder.send_back")
def send_back(manuscript: Manuscript, version: int, note: str, *, by, now: datetime) -> Manuscript:
    """Give a manuscript back to those who write it, saying why (差戻し)."""
    found = locked(manuscript, Q(version=version, state="asked"), _late())
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise Invalid({"reason": _("もどす理由を、%(most)s文字までで書いてください。") % {"most": LONGEST_NOTE}})
    found.state, found.note, found.version = "open", note.strip(), found.version + 1
    found.save(update_fields=["state", "note", "version"])
    Change.objects.create(
        manuscript=found,
        version=found.version,
        at=now,
        by_id=by.account_id,
        by_name=by.name,
        what="send_back",
        thing="",
    )
    return found


@action(purpose=PUBLISHING, may="ask.publish", where="department_id", log="builder.publish")
def publish(manuscript: Manuscript, version: int, *, by, now: datetime) -> Edition:
    """Publish a manuscript from the day asked for, or from today where that has gone by. Never by who wrote in it or asked. Raises NotNow
    where it is no longer the manuscript that was read, or says what the newest version says; Invalid where it has faults."""
    found = locked(manuscript, Q(version=version, state="asked"), _late())
    catalogue.publishing(found.procedure)
    if (
        by.account_id == found.asked_by_id
        or found.changes.filter(by_id=by.account_id).exclude(what="send_back").exists()
    ):
        raise NotNow(_("自分で書いた原稿は公開できません。ほかの決裁者に頼んでください。"))
    edition = _published(
        found.procedure, _sound(found.definition, found.procedure), max(found.valid_from, local_date(now)),
        Edition(manuscript=found, asked_by_name=queries.name_of(found.asked_by_id), note=found.note), by=by, now=now,
    )  # fmt: skip
    found.state = "published"
    found.save(update_fields=["state"])
    return edition


@action(purpose=PUBLISHING, may="ask.publish", log="builder.roll_back")
def roll_back(snapshot: Snapshot, newest: int, valid_from: date, note: str, *, by, now: datetime) -> Edition:
    """Publish an older version anew (前の版にもどす). It went through two pairs of eyes before, so one person may. `newest`: the number of
    the newest version somebody had before their eyes. Raises NotNow where there is a newer one or nothing would change."""
    procedure = catalogue.procedure_of(snapshot.id)
    department = Department.objects.filter(code=procedure.department).first()
    if department is None or not by.may("ask.publish", department.path, PUBLISHING):
        raise Refused("builder.roll_back", obj=snapshot)
    catalogue.publishing(snapshot.procedure)
    _day(valid_from, now)
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise Invalid({"note": _("もどす理由を、%(most)s文字までで書いてください。") % {"most": LONGEST_NOTE}})
    if queries.newest(snapshot.procedure).number != newest:
        raise NotNow(_("そのあいだに新しい版が公開されました。版の一覧を見てください。"))
    edition = Edition(back_to=snapshot, asked_by_name=by.name, note=note.strip())
    return _published(snapshot.procedure, procedure, valid_from, edition, by=by, now=now)


def _published(slug: str, procedure: Procedure, valid_from: date, edition: Edition, *, by, now: datetime) -> Edition:
    before = queries.newest(slug)
    snapshot = ask.publish(slug, procedure, valid_from=valid_from, by=by, now=now)
    if before is not None and snapshot.id == before.id:
        raise NotNow(_("いちばん新しい版と同じ内容です。公開するものがありません。"))
    edition.snapshot, edition.procedure = snapshot, slug
    edition.published_by_id, edition.published_by_name = by.account_id, by.name
    edition.save(force_insert=True)
    return edition
