"""The audit log: how long a check takes, whether damage among a million rows is found, and what the chain costs those who append.

Appends are driven by pgbench, 16 clients, each transaction reading, changing and adding a row before its entry goes in, in the
message that the program sends; the peer is the same transaction with the same entry put into a table alike by a function alike, without
chain, lock and places.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import harness

NAME = "audit"
HELP = "check a million audit rows; append to the chain and beside it with 16 clients"
ROWS = 62_500
CLIENTS, THREADS, SECONDS, ROUNDS = 16, 2, 4, 9

ENTRIES = """
SELECT jsonb_agg(jsonb_build_object(
    'at', '2026-04-01T00:00:00.123456+00:00', 'actor_kind', 'staff', 'account_id', gen_random_uuid()::text,
    'actor_name', '山田 花子', 'department', '子育て支援課', 'post', '係長', 'purpose', '審査', 'act', 'read',
    'what', 'decide.case', 'object_kind', 'decide.case', 'object_id', gen_random_uuid()::text,
    'subject', gen_random_uuid()::text, 'request_id', gen_random_uuid()::text, 'detail', '{"page":1}'))
  FROM generate_series(1, %s)
"""
UNCHAINED = """
CREATE TABLE bench_work (id int PRIMARY KEY, n int NOT NULL DEFAULT 0);
INSERT INTO bench_work SELECT n FROM generate_series(1, 100000) AS n;
CREATE TABLE bench_step (id uuid PRIMARY KEY DEFAULT uuidv7(), work int NOT NULL);
CREATE TABLE bench_unchained (LIKE audit_entry INCLUDING ALL);
DROP INDEX bench_unchained_lane_place_idx;
CREATE SEQUENCE bench_seq;
CREATE FUNCTION bench_append(entries jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fresh public.bench_unchained[];
    entry public.bench_unchained;
BEGIN
    fresh := ARRAY(SELECT r FROM jsonb_populate_recordset(NULL::public.bench_unchained, entries) AS r);
    FOREACH entry IN ARRAY fresh LOOP
        entry.seq := nextval('public.bench_seq');
        entry.hash := decode(repeat('00', 32), 'hex');
        entry.lane := 0;
        INSERT INTO public.bench_unchained VALUES (entry.*);
    END LOOP;
END
$$;
"""
CLEAN = """
DROP TABLE IF EXISTS bench_work, bench_step, bench_unchained CASCADE;
DROP FUNCTION IF EXISTS bench_append; DROP SEQUENCE IF EXISTS bench_seq; TRUNCATE audit_entry
"""
TRANSACTION = """
\\set id random(1, 100000)
BEGIN;
SELECT n FROM bench_work WHERE id = :id;
UPDATE bench_work SET n = n + 1 WHERE id = :id;
INSERT INTO bench_step (work) VALUES (:id);
"""
DAMAGE = {
    "altered": "UPDATE audit_entry SET purpose = '統計' WHERE place = {place}",
    "removed": "DELETE FROM audit_entry WHERE place = {place}",
    "reordered": "UPDATE audit_entry SET place = place + 10000000 WHERE place IN ({place}, {place} + 7);"
    "UPDATE audit_entry SET place = 2 * {place} + 7 - (place - 10000000) WHERE place > 10000000",
    "cut off": "DELETE FROM audit_entry WHERE place >= {place}",
}


def execute(sql: str) -> None:
    """Run SQL as the owner, with the guard of the log switched off where it would stand in the way."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE audit_entry DISABLE TRIGGER USER; {sql}; ALTER TABLE audit_entry ENABLE TRIGGER USER"
        )


def fill(rows: int) -> None:
    """Let the log grow to `rows` rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry")
        there = cursor.fetchone()[0]
        for start in range(there, rows, 5_000):
            cursor.execute(f"SELECT audit_append(({ENTRIES}))", [min(5_000, rows - start)])
        cursor.execute("ANALYZE audit_entry")


def verify_seconds(rows: int) -> float:
    """How long a check of `rows` rows takes. Raises AssertionError if they aren't found whole."""
    from kusei.base.audit.verify import verify

    fill(rows)
    reports = []
    took = harness.seconds(lambda: reports.append(verify()))
    assert reports[0].damage is None, reports[0].damage
    assert reports[0].rows == rows
    return took


def found(kind: str, place: int) -> tuple[float, bool]:
    """Do a damage at a place, check, and mend it again: seconds, and whether it was named with its row."""
    from django.db import transaction

    from kusei.base.audit.verify import verify

    reports = []
    with transaction.atomic():
        execute(DAMAGE[kind].format(place=place))
        took = harness.seconds(lambda: reports.append(verify()))
        transaction.set_rollback(True)
    damage = reports[0].damage
    return took, damage is not None and (damage.kind, damage.place) == (kind, place)


def transactions_a_second(script: Path) -> float:
    """What pgbench reaches with a script, against the benchmark's database."""
    from django.db import connection

    from kusei.site.cluster import shipped_binaries

    settings = connection.settings_dict
    environment = os.environ | {
        "PGHOST": settings["HOST"], "PGPORT": str(settings["PORT"]), "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"], "PGDATABASE": settings["NAME"],
    }  # fmt: skip
    command = [str(shipped_binaries() / "bin" / "pgbench"), "--no-vacuum", f"--file={script}"]
    command += [f"--client={CLIENTS}", f"--jobs={THREADS}", f"--time={SECONDS}"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", said)[1])


def appends() -> tuple[float, float]:
    """Medians of transactions a second, chained and unchained, measured in turns."""
    from django.db import connection

    from kusei.base.audit.log import COMMIT

    with connection.cursor() as cursor:
        cursor.execute(UNCHAINED)
        cursor.execute(f"SELECT quote_literal(({ENTRIES})::text)", [1])
        entry = cursor.fetchone()[0]
    message = "\\;".join(COMMIT.strip().replace("\n", " ").split(";")) % entry
    with tempfile.TemporaryDirectory() as folder:
        chained, unchained = Path(folder, "chained.sql"), Path(folder, "unchained.sql")
        chained.write_text(f"{TRANSACTION}{message};\n", "utf-8")
        unchained.write_text(f"{TRANSACTION}SELECT bench_append({entry}) \\; COMMIT;\n", "utf-8")
        return harness.alternate(
            lambda: transactions_a_second(chained), lambda: transactions_a_second(unchained), ROUNDS
        )


def run(options) -> dict[str, Any]:
    """Fill the log, check it whole and damaged, then append under load."""
    with harness.database():
        from django.conf import settings

        from kusei.base import audit
        from kusei.base.kernel import clock

        execute(CLEAN)
        Path(settings.KUSEI_HOME, "audit", "anchors.jsonl").unlink(missing_ok=True)
        with harness.Memory(os.getpid()) as memory:
            times = harness.growth(verify_seconds, ROWS)
            rows = ROWS * 16
            audit.anchor(clock.now())
            damages = {kind: found(kind, rows // 2) for kind in DAMAGE}
        slowest = max(took for took, _ in damages.values())
        execute("TRUNCATE audit_entry")
        chained, unchained = appends()
        execute(CLEAN)
    return harness.result(
        NAME,
        f"{rows:,} rows checked; {CLIENTS} clients appending for {SECONDS} s, {ROUNDS} rounds each, in turns",
        ours=chained,
        peer=unchained,
        growth=times,
        peak_mb=memory.peak_each_mb[os.getpid()],  # without the server, which `Memory` counts too
        damage_seconds={kind: took for kind, (took, _) in damages.items()},
        goals=[
            harness.at_least("kinds of damage among a million rows that are named with their row", 4, sum(ok for _, ok in damages.values())),
            harness.at_most("seconds to find one of them", 30, slowest),
            harness.at_least("transactions a second with the chain, as a share of those without", 0.9, chained / unchained),
        ],
    )  # fmt: skip
