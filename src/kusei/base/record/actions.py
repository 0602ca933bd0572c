"""Feeding a register by a file: read and compare first, then all of it or nothing. What takes long, a worker does (`work`)."""

import hashlib
from datetime import date, datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.kernel import leases
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.record.importers import FedRegister
from kusei.base.record.models import Import, ImportFile, Work
from kusei.base.record.reading import decoded, header_of

PURPOSE = "台帳の一括取込"
MAY = "record.import"


@action(purpose=PURPOSE, may=MAY)
def receive(register: FedRegister, content: bytes, name: str, day: date, *, by: Actor, now: datetime) -> Import:
    """Take a file (CSV in UTF-8 or Shift_JIS) that a worker reads and compares with the register: what it would do from `day` on.

    Raises Invalid({"file": …} or {"day": …}) for a day to come, and where the file's encoding or first line is wrong.
    """
    if day > local_date(now):
        raise Invalid({"day": _("異動の日は、今日までの日にしてください。")})
    text, encoding = decoded(content)
    wanted = [column.label for column in register.importer.columns]
    if header_of(text) != wanted:
        raise Invalid({"file": _("1行目の見出しが違います。正しくは：%(columns)s") % {"columns": ",".join(wanted)}})
    run = Import.objects.create(
        register=register.name, file_name=name[-200:], sha256=hashlib.sha256(content).hexdigest(), encoding=encoding, day=day,
        rows_total=max(0, text.count("\n", 0, len(text) - 1)), uploaded_by=by.account_id, uploaded_at=now,
    )  # fmt: skip
    ImportFile.objects.create(of=run, content=content)
    _give_to_worker(run, "read", by, now)
    detail = {"register": register.name, "sha256": run.sha256}
    audit.log(by, "change", "record.receive", obj=run, purpose=PURPOSE, now=now, detail=detail)
    return run


@action(purpose=PURPOSE, may=MAY)
def confirm(run: Import, *, by: Actor, now: datetime) -> Import:
    """Let a worker apply what was shown, all of it. A second time, also at the same time, changes nothing. Raises NotNow where rows are bad,
    and where it is still being read or was discarded."""
    locked = Import.objects.select_for_update().get(id=run.id)
    if locked.state in ("applying", "applied"):
        return locked
    if locked.state == "reading":
        raise NotNow(_("まだ読み込んでいます。内容を確かめてから取り込んでください。"))
    if locked.state != "checked" or locked.bad:
        raise NotNow(_("誤りのある行があるか、取りやめたファイルです。ファイルを直して、もう一度読み込んでください。"))
    locked.state, locked.problem = "applying", ""
    locked.save(update_fields=["state", "problem"])
    _give_to_worker(locked, "apply", by, now)
    audit.log(by, "change", "record.confirm", obj=locked, purpose=PURPOSE, now=now, detail={"sha256": locked.sha256})
    return locked


@action(purpose=PURPOSE, may=MAY)
def discard(run: Import, *, by: Actor, now: datetime) -> None:
    """Do nothing with the file (取りやめ); what was wrong with it stays on the report. Raises NotNow where it is or was applied."""
    locked = Import.objects.select_for_update().get(id=run.id)
    if locked.state in ("applying", "applied"):
        raise NotNow(_("このファイルは、すでに取り込まれています。"))
    if locked.state in Import.UNENDED:
        end(locked, "discarded", by, now)
        audit.log(by, "change", "record.discard", obj=locked, purpose=PURPOSE, now=now)


def _give_to_worker(run: Import, step: str, by: Actor, now: datetime) -> None:
    who = {
        "kind": by.kind, "account_id": by.account_id and str(by.account_id), "name": by.name, "department": by.department, "post": by.post,
    }  # fmt: skip
    Work.objects.create(of=run, step=step, actor=who, language=get_language() or "ja", next_try_at=now)
    leases.wake()


def end(run: Import, state: str, by: Actor, now: datetime) -> None:
    """Note what became of the file; its rows and the file itself go, what was wrong stays."""
    run.state, run.ended_by, run.ended_at = state, by.account_id, now
    run.save(update_fields=["state", "ended_by", "ended_at", "problem"])
    ImportFile.objects.filter(of=run).delete()
    run.rows.exclude(outcome="bad").delete()
    run.rows.update(cells=[], before=None, key="")
