"""Feeding a register by a file: compare first, then all of it or nothing."""

import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import date, datetime

from django.db import connection, models
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.record.importers import HIDDEN, FedRegister, Reader
from kusei.base.record.models import Import
from kusei.base.record.sheets import armed

PURPOSE = "台帳の一括取込"
MAY = "record.import"
LARGEST = 64 * 1024 * 1024
MOST_ROWS = 300_000
ENCODINGS = (("utf-8-sig", "UTF-8"), ("cp932", "Shift_JIS"))

_COMPARE = """
WITH current AS MATERIALIZED ({current})
UPDATE record_importrow AS r SET
    party = found.party, before = found.before, cells = found.cells, problem = found.problem,
    outcome = CASE WHEN found.problem <> '' THEN 'bad' WHEN found.party IS NULL THEN 'added'
                   WHEN found.cells = found.before THEN 'unchanged' ELSE 'changed' END
FROM (
    SELECT own.id, c.party, c.cells AS before, merged.cells,
           CASE WHEN %(hidden)s = ANY(merged.cells) THEN %(no_hidden)s
                WHEN c.since > %(day)s AND merged.cells <> c.cells THEN %(later)s ELSE '' END AS problem
      FROM record_importrow AS own LEFT JOIN current AS c ON c.key = own.key
      CROSS JOIN LATERAL (SELECT CASE WHEN c.party IS NULL OR NOT %(hidden)s = ANY(own.cells) THEN own.cells ELSE ARRAY(
          SELECT CASE WHEN each.ours = %(hidden)s THEN each.theirs ELSE each.ours END
            FROM unnest(own.cells, c.cells) WITH ORDINALITY AS each(ours, theirs, place) ORDER BY each.place) END AS cells) AS merged
     WHERE own.of_id = %(run)s AND own.outcome <> 'bad'
) AS found WHERE r.id = found.id
"""


@action(purpose=PURPOSE, may=MAY)
def check(register: FedRegister, content: bytes, name: str, day: date, *, by: Actor, now: datetime) -> Import:
    """Read a file (CSV in UTF-8 or Shift_JIS) and say of each row what it would do from `day` on. Nothing else changes.

    Raises Invalid({"file": …} or {"day": …}) where the file as a whole cannot be read.
    """
    if day > local_date(now):
        raise Invalid({"day": _("異動の日は、今日までの日にしてください。")})
    text, encoding = decoded(content)
    run = Import.objects.create(
        register=register.name, file_name=name[-200:], sha256=hashlib.sha256(content).hexdigest(), encoding=encoding, day=day,
        uploaded_by=by.account_id, uploaded_at=now,
    )  # fmt: skip
    _copy(run, register, text, now)
    compare(run, register)
    detail = {"register": register.name, "added": run.added, "changed": run.changed, "bad": run.bad}
    audit.log(by, "read", "record.check", obj=run, purpose=PURPOSE, now=now, detail=detail)
    return run


@action(purpose=PURPOSE, may=MAY)
def confirm(run: Import, register: FedRegister, *, by: Actor, now: datetime) -> Import:
    """Apply what was shown, all of it. A second time, also at the same time, changes nothing. Raises NotNow where rows are bad, and where the
    register has changed since so that it would be something else: then nothing is applied, and the new comparison has to be looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [f"record.import/{register.name}"])
    locked = Import.objects.select_for_update().get(id=run.id)
    if locked.state == "applied":
        return locked
    shown = (locked.added, locked.changed, locked.unchanged, locked.bad)
    compare(locked, register)
    if locked.state != "checked" or locked.bad:
        raise NotNow(_("誤りのある行があるか、取りやめたファイルです。ファイルを直して、もう一度読み込んでください。"))
    if shown != (locked.added, locked.changed, locked.unchanged, locked.bad):
        raise NotNow(_("確認した後に台帳が変わりました。ファイルをもう一度読み込んで、内容を確かめてください。"))
    register.importer.apply(locked, by=by, now=now)
    _end(locked, "applied", by, now)
    detail = {"register": register.name, "added": locked.added, "changed": locked.changed, "sha256": locked.sha256}
    audit.log(by, "change", "record.import", obj=locked, purpose=PURPOSE, now=now, detail=detail)
    return locked


@action(purpose=PURPOSE, may=MAY)
def discard(run: Import, *, by: Actor, now: datetime) -> None:
    """Do nothing with the file (取りやめ); what was wrong with it stays on the report. Raises NotNow where it was applied."""
    locked = Import.objects.select_for_update().get(id=run.id)
    if locked.state == "applied":
        raise NotNow(_("このファイルは、すでに取り込まれています。"))
    if locked.state == "checked":
        _end(locked, "discarded", by, now)
        audit.log(by, "change", "record.discard", obj=locked, purpose=PURPOSE, now=now)


def compare(run: Import, register: FedRegister) -> None:
    """Compare the file's good rows with the register as it is now, and count."""
    values = {
        "hidden": HIDDEN, "run": run.id, "day": run.day, "no_hidden": _("登録のない人の住所は、非開示にできません"),
        "later": _("この日より後の異動がすでに登録されています"),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE record_importrow")
        cursor.execute(_COMPARE.format(current=register.importer.current), values)
    counted = dict(run.rows.values_list("outcome").annotate(models.Count("id")).order_by())
    for outcome in ("added", "changed", "unchanged", "bad"):
        setattr(run, outcome, counted.get(outcome, 0))
    run.save(update_fields=["added", "changed", "unchanged", "bad"])


def decoded(content: bytes) -> tuple[str, str]:
    """The file's text, and how it was written. Raises Invalid for other encodings than UTF-8 (with or without BOM) and Shift_JIS."""
    if not content.strip():
        raise Invalid({"file": _("ファイルが空です。")})
    if len(content) > LARGEST:
        raise Invalid({"file": _("ファイルが大きすぎます（64MBまで）。分けて読み込んでください。")})
    line = 1
    for codec, name in ENCODINGS:
        try:
            return content.decode(codec), name
        except UnicodeDecodeError as error:
            line = max(line, content.count(b"\n", 0, error.start) + 1)
    raise Invalid(
        {
            "file": _("%(line)s行目に、UTF-8でもShift_JISでもない文字があります。CSV UTF-8で保存してください。")
            % {"line": line}
        }
    )


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins in. Raises Invalid for broken quotes."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, [armed(cell) for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid({"file": _('%(line)s行目の引用符（"）が正しくありません。') % {"line": line}}) from error


def _copy(run: Import, register: FedRegister, text: str, now: datetime) -> None:
    rows = records(text)
    wanted = [column.label for column in register.importer.columns]
    _line, header = next(rows, (1, []))
    if header != wanted:
        raise Invalid({"file": _("1行目の見出しが違います。正しくは：%(columns)s") % {"columns": ",".join(wanted)}})
    reader = Reader(register.importer, now)
    statement = "COPY record_importrow (of_id, line, key, cells, outcome, problem) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["uuid", "int4", "text", "text[]", "text", "text"])
        for count, (line, cells) in enumerate(rows):
            if count >= MOST_ROWS:
                raise Invalid({"file": _("行が多すぎます（30万行まで）。分けて読み込んでください。")})
            kept, problem = reader.read(cells, line)
            key = kept[register.importer.key] if kept else ""
            copy.write_row((run.id, line, key, kept, "bad" if problem else "", problem))


def _end(run: Import, state: str, by: Actor, now: datetime) -> None:
    run.state, run.ended_by, run.ended_at = state, by.account_id, now
    run.save(update_fields=["state", "ended_by", "ended_at"])
    run.rows.exclude(outcome="bad").delete()
    run.rows.update(cells=[], before=None, key="")
