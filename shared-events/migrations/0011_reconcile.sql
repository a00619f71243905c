-- Who compares everything with everything, `taskctl reconcile`: reads the rows of all services and users, writes none.
-- A role of its own, so that a look at the system never needs a superuser's password. BYPASSRLS, since a policy would hide
-- rows from it, and what is hidden looks like what is missing; whoever creates such a role must have the right itself.
-- As in 0001, roles are cluster-wide, and a concurrent migration of another database may create it first.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'taskwire_reconciler') THEN
        CREATE ROLE taskwire_reconciler LOGIN BYPASSRLS;
        ALTER ROLE taskwire_reconciler SET default_transaction_read_only = on;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

GRANT USAGE ON SCHEMA outbox TO taskwire_reconciler;
GRANT SELECT ON outbox.message, outbox.parked, outbox.epoch, outbox.consumer_offset, outbox.hole, outbox.cluster
    TO taskwire_reconciler;
