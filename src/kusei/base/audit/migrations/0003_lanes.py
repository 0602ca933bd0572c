"""Several chains in place of one, so that whoever appends waits for nobody (docs/decisions/0010).

What was chained before stays as it is: lane 0. Anchors made before go on witnessing it.
"""

import django.contrib.postgres.operations
from django.db import migrations, models
from django.db.models import Q

LANES = 32

# Numbers begin well above the last one: who is just waiting for the one chain with the old function still gets the next of its own.
NUMBERS = """
CREATE SEQUENCE public.audit_number;
REVOKE ALL ON SEQUENCE public.audit_number FROM PUBLIC;
SELECT setval('public.audit_number', coalesce(max(seq) + 1000, 1), max(seq) IS NOT NULL) FROM public.audit_entry;
DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kusei_app') THEN
    REVOKE ALL ON SEQUENCE public.audit_number FROM kusei_app;
END IF; END $$;
"""

# A transaction appends to one lane, whose lock it holds until it is on the disk and seen: what the next of the lane builds on can't be
# lost. It takes the lane its session had last (which it holds already where it appends twice), else the first that is free; only where all
# are taken it waits. No transaction ever holds two. With a snapshot older than the lock (REPEATABLE READ) the last row could be missed,
# and in another client encoding record_send gives other bytes, so both are refused. See chain.py for the bytes that are hashed.
APPEND = f"""
CREATE OR REPLACE FUNCTION public.audit_append(entries jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    lanes CONSTANT int := {LANES};
    locks CONSTANT int := hashtext('kusei.audit.lane');
    usual CONSTANT text := current_setting('kusei.audit_lane', true);
    fresh public.audit_entry[];
    entry public.audit_entry;
    taken int := CASE WHEN usual ~ '^[0-9]{{1,2}}$' THEN usual::int END;
    last_place bigint;
    last_hash bytea;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' OR pg_client_encoding() <> 'UTF8' THEN
        RAISE EXCEPTION 'audit_append needs a READ COMMITTED transaction of a UTF8 client'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    fresh := ARRAY(SELECT r FROM jsonb_populate_recordset(NULL::public.audit_entry, entries) AS r);
    IF taken BETWEEN 1 AND lanes AND pg_try_advisory_xact_lock(locks, taken) THEN
        NULL;
    ELSE
        taken := 1;
        WHILE taken <= lanes AND NOT pg_try_advisory_xact_lock(locks, taken) LOOP
            taken := taken + 1;
        END LOOP;
        IF taken > lanes THEN
            taken := 1 + pg_backend_pid() % lanes;
            PERFORM pg_advisory_xact_lock(locks, taken);
        END IF;
        PERFORM set_config('kusei.audit_lane', taken::text, false);
    END IF;
    SELECT place, hash INTO last_place, last_hash
      FROM public.audit_entry WHERE lane = taken AND lane > 0 ORDER BY place DESC LIMIT 1;
    last_place := coalesce(last_place, 0);
    last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
    FOREACH entry IN ARRAY fresh LOOP
        last_place := last_place + 1;
        entry.seq := nextval('public.audit_number');
        last_hash := sha256(last_hash || record_send(ROW(
            taken::bigint, last_place, entry.seq, entry.at, entry.actor_kind, entry.account_id, entry.actor_name, entry.department,
            entry.post, entry.purpose, entry.act, entry.what, entry.object_kind, entry.object_id, entry.subject, entry.request_id,
            entry.detail
        )));
        entry.hash := last_hash;
        entry.lane := taken;
        entry.place := last_place;
        INSERT INTO public.audit_entry VALUES (entry.*);
    END LOOP;
    RETURN entry.seq;
END
$$;
COMMENT ON FUNCTION public.audit_append(jsonb) IS
    'Appends entries, in their order, to the audit log; all or none. Returns the last number. Call it last before COMMIT.';
"""
IN_LANE = Q(lane=0, place__isnull=True) | Q(lane__gte=1, lane__lte=LANES, place__gte=1)
ONE_A_PLACE = """
CREATE UNIQUE INDEX CONCURRENTLY audit_one_a_place ON public.audit_entry (lane, place) WHERE lane > 0
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.AddField("auditentry", "lane", models.SmallIntegerField("列", default=0, db_default=0)),
        migrations.AddField("auditentry", "place", models.BigIntegerField("列の中の番号", null=True)),
        django.contrib.postgres.operations.AddConstraintNotValid(
            "auditentry", models.CheckConstraint(condition=IN_LANE, name="audit_place_in_lane")
        ),
        django.contrib.postgres.operations.ValidateConstraint("auditentry", "audit_place_in_lane"),
        django.contrib.postgres.operations.AddIndexConcurrently(
            "auditentry", models.Index(fields=["seq"], name="audit_before_lanes", condition=Q(lane=0))
        ),
        migrations.RunSQL(ONE_A_PLACE, "DROP INDEX CONCURRENTLY public.audit_one_a_place"),
        # Going back would need the one chain computed anew, which is what nobody may do.
        migrations.RunSQL(NUMBERS),
        migrations.RunSQL(APPEND),
    ]
