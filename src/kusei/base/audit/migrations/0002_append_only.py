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

# The lock is taken after everything that can be done before it. With a snapshot older than the lock (REPEATABLE READ), the
# last row could be missed, so such transactions are refused. See chain.py for the bytes that are hashed.
APPEND = """
CREATE FUNCTION public.audit_append(entries jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fresh public.audit_entry[];
    bodies bytea[];
    entry public.audit_entry;
    last_seq bigint;
    last_hash bytea;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'audit_append needs a READ COMMITTED transaction' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    SELECT array_agg(r ORDER BY n), array_agg(int4send(8) || timestamptz_send(r.at) || body ORDER BY n)
      INTO fresh, bodies
      FROM jsonb_array_elements(entries) WITH ORDINALITY AS e(document, n),
           LATERAL jsonb_populate_record(NULL::public.audit_entry, document) AS r,
           LATERAL (
               SELECT string_agg(
                          coalesce(int4send(octet_length(convert_to(value, 'UTF8'))) || convert_to(value, 'UTF8'), int4send(-1)),
                          ''::bytea ORDER BY place
                      ) AS body
                 FROM unnest(ARRAY[
                          r.actor_kind, r.account_id, r.actor_name, r.department, r.post, r.purpose, r.act, r.what,
                          r.object_kind, r.object_id, r.subject, r.request_id, r.detail
                      ]) WITH ORDINALITY AS f(value, place)
           ) AS b;
    PERFORM pg_advisory_xact_lock(hashtextextended('kusei.audit.chain', 0));
    SELECT seq, hash INTO last_seq, last_hash FROM public.audit_entry ORDER BY seq DESC LIMIT 1;
    last_seq := coalesce(last_seq, 0);
    last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
    FOR i IN 1 .. coalesce(cardinality(fresh), 0) LOOP
        last_seq := last_seq + 1;
        last_hash := sha256(last_hash || int4send(8) || int8send(last_seq) || bodies[i]);
        entry := fresh[i];
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
