"""What a worker does with a file that feeds a register: read it row by row, compare it with the register, and apply what was confirmed."""

from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.jobs.handlers import Later, Queue
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.offers import registry
from kusei.base.record.actions import MAY, PURPOSE, end
from kusei.base.record.importers import HIDDEN, FedRegister, Reader
from kusei.base.record.models import Import, ImportFile, Work
from kusei.base.record.reading import MOST_ROWS, decoded, records

AT_ONCE = 5_000
"""Rows after which the page can tell how far the reading is."""

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


_DIGEST = """
SELECT outcome, count(*), bit_xor(hashtextextended(concat_ws('|', line, outcome, party, cells, before), 0)) FROM record_importrow
 WHERE of_id = %s GROUP BY outcome
"""


def perform(work: Work, now: datetime) -> None:
    """Do what a file waits for. Raises Later while somebody is just changing a record that the file changes."""
    run, register = work.of, registry.named("registers", work.of.register)
    by = _actor(work.actor)
    with translation.override(work.language):
        if work.step == "apply":
            apply(run, register, by=by, now=now)
        elif _read(run, register, by, now):
            checked(run, register, by=by, now=now)


QUEUE = Queue("imports", Work, perform, batch=1, most=5)


def _actor(kept: dict) -> Actor:
    """Who asked for it, with the one right that was looked at then."""
    account = kept["account_id"] and UUID(kept["account_id"])
    return Actor(**kept | {"account_id": account}, grants=frozenset({(MAY, "")}))


def _read(run: Import, register: FedRegister, by: Actor, now: datetime) -> bool:
    """Copy the file's rows into the database, some thousand at once, so that the page can tell how far it is. An attempt that was broken off
    begins anew. False where somebody discarded the file meanwhile, or it can't be read."""
    run.rows.all().delete()
    try:
        text, _encoding = decoded(bytes(ImportFile.objects.get(of=run).content))
        rows = records(text)
        next(rows)
        reader, count = Reader(register.importer, now), 0
        while some := [(line, *reader.read(cells, line)) for line, cells in islice(rows, AT_ONCE)]:
            count += len(some)
            if count > MOST_ROWS:
                raise Invalid({"file": _("行が多すぎます（30万行まで）。分けて読み込んでください。")})
            if not _copied(run, register, some, count):
                return False
    except ImportFile.DoesNotExist:
        return False
    except Invalid as error:
        unreadable(run, error.problems["file"], by=by, now=now)
        return False
    return True


def _copied(run: Import, register: FedRegister, some: list, count: int) -> bool:
    """Copy rows (line, cells, what is wrong); False where the file is no longer being read."""
    with transaction.atomic():
        if not Import.objects.select_for_update().filter(id=run.id, state="reading").exists():
            return False
        statement = "COPY record_importrow (of_id, line, key, cells, outcome, problem) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(["uuid", "int4", "text", "text[]", "text", "text"])
            for line, kept, problem in some:
                key = kept[register.importer.key] if kept else ""
                copy.write_row((run.id, line, key, kept, "bad" if problem else "", problem))
        Import.objects.filter(id=run.id).update(rows_read=count)
    return True


@action(purpose=PURPOSE, may=MAY)
def unreadable(run: Import, problem: str, *, by: Actor, now: datetime) -> None:
    """Note why a file can't be read (読込不可)."""
    locked = Import.objects.select_for_update().filter(id=run.id, state="reading").first()
    if locked:
        locked.problem = problem
        end(locked, "unreadable", by, now)


@action(purpose=PURPOSE, may=MAY)
def checked(run: Import, register: FedRegister, *, by: Actor, now: datetime) -> None:
    """Say of each row what it would do. Nothing else changes."""
    locked = Import.objects.select_for_update().filter(id=run.id, state="reading").first()
    if not locked:
        return
    compare(locked, register)
    locked.state = "checked"
    locked.save(update_fields=["state"])
    ImportFile.objects.filter(of=locked).delete()
    detail = {"register": register.name, "added": locked.added, "changed": locked.changed, "bad": locked.bad}
    audit.log(by, "read", "record.check", obj=locked, purpose=PURPOSE, now=now, detail=detail)


@action(purpose=PURPOSE, may=MAY)
def apply(run: Import, register: FedRegister, *, by: Actor, now: datetime) -> None:
    """Apply what was confirmed, all of it. Where the register has changed since, so that it would be something else, nothing is applied: the
    new comparison has to be looked at and confirmed. Raises Later while somebody is changing one of the records."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [f"record.import/{register.name}"])
    locked = Import.objects.select_for_update().filter(id=run.id, state="applying").first()
    if not locked:
        return
    _hold(locked, register)
    shown = locked.digest
    compare(locked, register)
    if locked.bad or locked.digest != shown:
        locked.state, locked.problem = "checked", _("確認した後に台帳が変わりました。内容をもう一度確かめてください。")
        locked.save(update_fields=["state", "problem"])
        audit.log(by, "change", "record.import_anew", obj=locked, purpose=PURPOSE, now=now)
        return
    register.importer.apply(locked, by=by, now=now)
    end(locked, "applied", by, now)
    detail = {"register": register.name, "added": locked.added, "changed": locked.changed, "sha256": locked.sha256}
    audit.log(by, "change", "record.import", obj=locked, purpose=PURPOSE, now=now, detail=detail)


def _hold(run: Import, register: FedRegister) -> None:
    """Lock the records that the file changes, so that no act changes them in between. Never waits for one, since whoever holds it may wait
    for another."""
    changed = run.rows.filter(outcome="changed").values("party")
    rows = register.model.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(id__in=changed)
    if len(rows.values_list("id", flat=True)) < run.changed:
        raise Later("somebody is changing a record that the file changes")


def compare(run: Import, register: FedRegister) -> None:
    """Compare the file's good rows with the register as it is now, and count."""
    values = {
        "hidden": HIDDEN, "run": run.id, "day": run.day, "no_hidden": _("登録のない人の住所は、非開示にできません"),
        "later": _("この日より後の異動がすでに登録されています"),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE record_importrow")
        cursor.execute(_COMPARE.format(current=register.importer.current), values)
        cursor.execute(_DIGEST, [run.id])
        counted = {outcome: (count, digest) for outcome, count, digest in cursor.fetchall()}
    run.digest = 0
    for outcome in ("added", "changed", "unchanged", "bad"):
        count, digest = counted.get(outcome, (0, 0))
        setattr(run, outcome, count)
        run.digest ^= digest
    run.save(update_fields=["added", "changed", "unchanged", "bad", "digest"])
