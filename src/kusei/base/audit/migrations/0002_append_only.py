"""Make the log append-only: rows come from `audit_append` alone, and only its owner could change them.

The application role `kusei_app`, where there is one, may read the log and call the function. Where one role does everything
(a foreign server without it), the trigger still refuses changes; what such a role can undo, the chain and its anchors show.
"""

from django.db import migrations

COLUMNS = """
ALTER TABLE public.audit_entry
    ADD CONSTRAINT audit_detail_is_object CHECK (detail IS JSON OBJECT WITH UNIQUE KEYS),
    ADD CONSTRAINT audit_hash_is_sha256 CHECK (octet_length(hash) = 32);
"""

# Everything that can be done before the lock is done before it. With a snapshot older than the lock (REPEATABLE READ) the
# last row could be missed, and in another client encoding record_send gives other bytes, so both are refused.
# See chain.py for the bytes that are hashed.
APPEND = """
CREATE FUNCTION public.audit_append(entries jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fresh public.audit_entry[];
    entry public.audit_entry;
    last_seq bigint;
    last_hash bytea;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' OR pg_client_encoding() <> 'UTF8' THEN
        RAISE EXCEPTION 'audit_append needs a READ COMMITTED transaction of a UTF8 client'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    fresh := ARRAY(SELECT r FROM jsonb_populate_recordset(NULL::public.audit_entry, entries) AS r);
    PERFORM pg_advisory_xact_lock(hashtextextended('kusei.audit.chain', 0));
    SELECT seq, hash INTO last_seq, last_hash FROM public.audit_entry ORDER BY seq DESC LIMIT 1;
    last_seq := coalesce(last_seq, 0);
    last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
    FOREACH entry IN ARRAY fresh LOOP
        last_seq := last_seq + 1;
        last_hash := sha256(last_hash || record_send(ROW(
            last_seq, entry.at, entry.actor_kind, entry.account_id, entry.actor_name, entry.department, entry.post,
            entry.purpose, entry.act, entry.what, entry.object_kind, entry.object_id, entry.subject, entry.request_id,
            entry.detail
        )));
        entry.seq := last_seq;
        entry.hash := last_hash;
        INSERT INTO public.audit_entry VALUES (entry.*);
    END LOOP;
    RETURN last_seq;
END
$$;
COMMENT ON FUNCTION public.audit_append(jsonb) IS
    'Appends entries, in their order, to the audit log; all or none. Returns the last number. Call it last before COMMIT.';
"""

GUARD = """
CREATE FUNCTION public.audit_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON public.audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();
"""

PRIVILEGES = """
REVOKE ALL ON TABLE public.audit_entry FROM PUBLIC;
REVOKE ALL ON FUNCTION public.audit_append(jsonb) FROM PUBLIC;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kusei_app') THEN
        REVOKE ALL ON TABLE public.audit_entry FROM kusei_app;
        GRANT SELECT ON TABLE public.audit_entry TO kusei_app;
        GRANT EXECUTE ON FUNCTION public.audit_append(jsonb) TO kusei_app;
    END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            COLUMNS,
            "ALTER TABLE public.audit_entry DROP CONSTRAINT audit_detail_is_object, DROP CONSTRAINT audit_hash_is_sha256;",
        ),
        migrations.RunSQL(APPEND, "DROP FUNCTION public.audit_append(jsonb);"),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER audit_append_only ON public.audit_entry; DROP FUNCTION public.audit_refuse_change();",
        ),
        # Going back, the privileges go with the table: 0001's reverse drops it.
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
    ]
