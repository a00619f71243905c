-- A lane, the rows that are published in order, is a topic, a key and a source: two services that write under the
-- same key do so under locks of their own, so that the order of ids is the order of commits within one source only
-- (docs/adr/0009-lanes-have-a-source.md).
--
-- One step, not expand and contract, since the table is empty or small (rows live for milliseconds) and no build
-- reads wrongly in between. A relay of the build before it orders by topic and key, which is stricter; the new index
-- serves it too, as both columns lead it. Its one statement that no longer works is the note that a key is parked:
-- a relay which has a record refused in just that moment sends nothing more and keeps its rows until the new build
-- takes over.

-- Keys are compared byte by byte, which is all that equality and an index need. A change of the collation alone
-- rewrites no row; it rebuilds the indexes of the column, so the one to be replaced goes first.
DROP INDEX outbox.message_by_key;
ALTER TABLE outbox.message
    ALTER COLUMN topic  TYPE text COLLATE "C",
    ALTER COLUMN key    TYPE text COLLATE "C",
    ALTER COLUMN source TYPE text COLLATE "C";
CREATE INDEX message_by_lane ON outbox.message (topic, key, source, id);

-- What is parked already belongs to the lane of the row that was refused. Without that row there is nothing to name;
-- what is left of its key is tried again, and parked again if the broker still refuses it.
ALTER TABLE outbox.parked ADD COLUMN source text;
UPDATE outbox.parked p SET source = m.source FROM outbox.message m WHERE m.id = p.message_id;
DELETE FROM outbox.parked WHERE source IS NULL;
ALTER TABLE outbox.parked
    ALTER COLUMN topic  TYPE text COLLATE "C",
    ALTER COLUMN key    TYPE text COLLATE "C",
    ALTER COLUMN source TYPE text COLLATE "C",
    ALTER COLUMN source SET NOT NULL,
    DROP CONSTRAINT parked_pkey,
    ADD PRIMARY KEY (topic, key, source);

-- The timeline that is being written, and the epoch raised when it or the system identifier is another.
--
-- Not the timeline of the last checkpoint: that one stays the old one after a promotion until the next checkpoint
-- has finished, which may take minutes, while changes are accepted at once.
--
-- The holder of the relay's lease held it in the life before: its token ends with the epoch. Ids recur after a
-- restore, so what it has in memory may have other rows' ids by now, and must be forgotten. The high half of the
-- token counts the lives, since tokens recur like ids.
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
       SET epoch = e.epoch + 1, system_identifier = now_system, timeline = now_timeline
     WHERE e.system_identifier <> now_system OR e.timeline <> now_timeline;
    IF FOUND THEN
        UPDATE outbox.lease l SET token = ((l.token >> 32) + 1) << 32;
    END IF;
    SELECT e.epoch INTO current_epoch FROM outbox.epoch e;
    RETURN current_epoch;
END
$$;

-- The stored timeline came from a checkpoint until now. Where it is not the one being written, either the database
-- was promoted and nobody has noticed yet, which the epoch must tell, or the checkpoint was old when the row was
-- made, which nobody can tell apart; so the epoch rises. Raised in vain it costs every client one full sync.
SELECT outbox.verify_epoch();
