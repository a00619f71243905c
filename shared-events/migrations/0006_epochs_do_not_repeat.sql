-- An epoch that is raised is never one that was there before.
--
-- The epoch is a row of the database, so a backup brings the old one back, and "one more" gives the same number for
-- every restore of that backup. A client that holds a position of the first of these lives would take the second for
-- it, although the positions between are other changes. So a new epoch is the time at which it begins, in
-- milliseconds: two restores of one backup differ by when they happened. It stays above the old one in any case, since
-- order is (epoch, position). A bigint, an Avro long and a JSON number that a browser reads exactly have room for it.
--
-- The high half of the lease's token counts the lives for the same reason (0002) and repeated in the same way. It has
-- 31 bits, which hold seconds since 2026 until 2094.
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
    UPDATE outbox.epoch e
       SET epoch = greatest(e.epoch + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),
           system_identifier = now_system, timeline = now_timeline
     WHERE e.system_identifier <> now_system OR e.timeline <> now_timeline;
    IF FOUND THEN
        UPDATE outbox.lease l
           SET token = greatest((l.token >> 32) + 1,
                                extract(epoch FROM clock_timestamp() - timestamptz '2026-01-01 00:00:00Z')::bigint) << 32;
    END IF;
    SELECT e.epoch INTO current_epoch FROM outbox.epoch e;
    RETURN current_epoch;
END
$$;
