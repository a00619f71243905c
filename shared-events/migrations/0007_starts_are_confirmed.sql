-- A start of the server is confirmed before anything is written under the epoch that the database brings along.
--
-- A cold copy and a volume snapshot have the system identifier and the timeline of the server they were made of, so
-- that nothing in them says how old they are. What the original did after the copy is known outside only: the relay
-- keeps (epoch, starts, timeline, flush LSN) at the broker (docs/adr/0023). A copy has to be started to be used, and a
-- start can be told from any other by its time. So a new connection of a service is refused from a start of the server
-- until a relay has found at the broker that this is the database that was stopped, or has begun a new epoch.
ALTER TABLE outbox.epoch
    -- pg_postmaster_start_time() of the start that is confirmed; only its equality counts.
    ADD COLUMN started_at timestamptz,
    -- How many starts were confirmed: a copy that was made before the last of them has a lower number.
    ADD COLUMN starts bigint NOT NULL DEFAULT 0;
UPDATE outbox.epoch SET started_at = pg_postmaster_start_time(), starts = 1;

-- Begins another epoch in the caller's transaction. What is written under a new epoch repeats nothing, so this start
-- needs no further confirmation. See 0006 for the numbers.
CREATE FUNCTION outbox.begin_epoch(at_least bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    begun bigint;
BEGIN
    UPDATE outbox.epoch e
       SET epoch = greatest(e.epoch + 1, at_least, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),
           system_identifier = (SELECT s.system_identifier FROM pg_control_system() s),
           timeline = ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer,
           started_at = pg_postmaster_start_time(),
           starts = e.starts + 1
    RETURNING e.epoch INTO begun;
    UPDATE outbox.lease l
       SET token = greatest((l.token >> 32) + 1,
                            extract(epoch FROM clock_timestamp() - timestamptz '2026-01-01 00:00:00Z')::bigint) << 32;
    RETURN begun;
END
$$;
REVOKE ALL ON FUNCTION outbox.begin_epoch(bigint) FROM PUBLIC;

-- As in 0006, told apart by the identity alone: what a build before this migration asks, and the relay, which has to
-- connect in order to confirm.
CREATE OR REPLACE FUNCTION outbox.verify_epoch() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    now_system bigint;
    now_timeline integer;
    current_epoch bigint;
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'this database is in recovery: it is a standby, or its restore has not ended; connect to the '
                        'primary (DATABASE_URL), or promote this one (pg_ctl promote) if it is to take over'
              USING ERRCODE = 'read_only_sql_transaction';
    END IF;
    SELECT s.system_identifier INTO now_system FROM pg_control_system() s;
    now_timeline := ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer;
    SELECT e.epoch INTO current_epoch FROM outbox.epoch e
     WHERE e.system_identifier = now_system AND e.timeline = now_timeline;
    IF FOUND THEN
        RETURN current_epoch;
    END IF;
    -- Of several connections one begins the epoch; the others wait for it here and find it begun.
    PERFORM FROM outbox.epoch e WHERE e.system_identifier <> now_system OR e.timeline <> now_timeline FOR UPDATE;
    IF FOUND THEN
        PERFORM outbox.begin_epoch(0);
    END IF;
    SELECT e.epoch INTO current_epoch FROM outbox.epoch e;
    RETURN current_epoch;
END
$$;

-- What a service's new connection asks before it is used: the epoch, refused while this start is not confirmed.
CREATE FUNCTION outbox.confirmed_epoch() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    current_epoch bigint;
BEGIN
    current_epoch := outbox.verify_epoch();
    PERFORM FROM outbox.epoch e WHERE e.started_at = pg_postmaster_start_time();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'postgres was started at %, and no relay has found out yet whether it is the database that was '
                        'stopped or an older copy: writes wait for a backend-api that holds the relay''s lease, which '
                        'asks the broker and decides within seconds; with none running, start one, or begin a new '
                        'epoch with `taskctl epoch raise`', pg_postmaster_start_time()
              USING ERRCODE = 'cannot_connect_now';
    END IF;
    RETURN current_epoch;
END
$$;
REVOKE ALL ON FUNCTION outbox.confirmed_epoch() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox.confirmed_epoch() TO taskwire_backend_api, taskwire_notification_svc, taskwire_audit_svc;

-- Confirms this start of the server for the epoch that it has; false when somebody else decided meanwhile.
CREATE FUNCTION outbox.confirm_start(of_epoch bigint, of_starts bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE outbox.epoch e SET started_at = pg_postmaster_start_time(), starts = e.starts + 1
     WHERE e.epoch = of_epoch AND e.starts = of_starts;
    RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION outbox.confirm_start(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox.confirm_start(bigint, bigint) TO taskwire_backend_api;

-- Begins another epoch above `at_least`, while writers may be at work. Every transaction that has read the epoch holds
-- a lock on its table until it ends: the lock taken here waits for all of them, so none commits under the old epoch
-- after the new one has begun. Not for long, since nobody can begin to write meanwhile. There are none to wait for
-- before this start is confirmed, and whoever else reads the table then, a dump for example, holds up nothing.
CREATE FUNCTION outbox.raise_epoch(at_least bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '5s' AS $$
BEGIN
    PERFORM FROM outbox.epoch e WHERE e.started_at = pg_postmaster_start_time();
    IF FOUND THEN
        LOCK TABLE outbox.epoch IN ACCESS EXCLUSIVE MODE;
    END IF;
    RETURN outbox.begin_epoch(at_least);
END
$$;
REVOKE ALL ON FUNCTION outbox.raise_epoch(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox.raise_epoch(bigint) TO taskwire_backend_api;
