-- The schema `tasks`: one writing service (backend-api), one wall per user.
-- Lock order everywhere: user_state → series → task. Rows are read after the lock.

CREATE SCHEMA IF NOT EXISTS tasks;

-- The user of this transaction. Without one every statement below is an error, never an empty list.
-- A local setting that has ended leaves '' behind in its session, which is as much an error as none.
CREATE FUNCTION tasks.caller() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog
AS $$
DECLARE
    caller text := current_setting('taskwire.user');
BEGIN
    IF caller = '' THEN
        RAISE EXCEPTION 'taskwire.user is not set in this transaction' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN caller;
END
$$;

-- One row per user: the lock every change takes first, and the last position given out.
CREATE TABLE tasks.user_state (
    user_id    text   PRIMARY KEY,
    position   bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
    -- Tombstones at or below this position may be gone: `since` below it answers full_resync.
    sync_floor bigint NOT NULL DEFAULT 0 CHECK (sync_floor BETWEEN 0 AND position)
);

CREATE TABLE tasks.series (
    id           uuid        PRIMARY KEY,
    user_id      text        NOT NULL REFERENCES tasks.user_state (user_id),
    rrule        text        NOT NULL,
    anchor       text        NOT NULL CHECK (anchor IN ('schedule', 'completion')),
    missed       text        NOT NULL CHECK (missed IN ('skip', 'keep')),
    -- Wall time of the slot with ordinal `count_base`, where the rule of this revision starts.
    dtstart      text        NOT NULL,
    zone         text        NOT NULL,
    count_base   integer     NOT NULL CHECK (count_base > 0),
    revision     bigint      NOT NULL CHECK (revision > 0),
    alive        boolean     NOT NULL,
    last_ordinal integer     NOT NULL CHECK (last_ordinal > 0),
    version      bigint      NOT NULL CHECK (version > 0),
    position     bigint      NOT NULL CHECK (position > 0),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    UNIQUE (user_id, position)
);

CREATE TABLE tasks.task (
    id           uuid        PRIMARY KEY,
    user_id      text        NOT NULL REFERENCES tasks.user_state (user_id),
    title        text        NOT NULL,
    description  text,
    priority     text        NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'critical')),
    status       text        NOT NULL CHECK (status IN ('open', 'done', 'skipped')),
    tags         text[]      NOT NULL,
    project_id   uuid,
    parent_id    uuid        REFERENCES tasks.task (id) CHECK (parent_id <> id),
    -- Local wall time (or a date, for the whole day) and IANA zone are the truth; due_at is derived.
    start_local  text,
    start_zone   text,
    due_local    text,
    due_zone     text,
    due_at       timestamptz,
    -- What the user asked for, in order: [{"before":"PT1H"},{"at":"2026-12-01T07:00:00Z"}].
    reminders    jsonb       NOT NULL CHECK (jsonb_typeof(reminders) = 'array'),
    series_id    uuid        REFERENCES tasks.series (id),
    ordinal      integer     CHECK (ordinal > 0),
    -- The occurrence's scheduled wall time (RFC 5545 RECURRENCE-ID); stays when `due` is moved.
    slot         text,
    version      bigint      NOT NULL CHECK (version > 0),
    position     bigint      NOT NULL CHECK (position > 0),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    completed_at timestamptz CHECK ((completed_at IS NULL) = (status = 'open')),
    -- A tombstone is kept so that sync can tell of it.
    deleted_at   timestamptz,
    UNIQUE (series_id, ordinal),
    UNIQUE (user_id, position),
    CHECK ((start_local IS NULL) = (start_zone IS NULL)),
    CHECK ((due_local IS NULL) = (due_zone IS NULL) AND (due_local IS NULL) = (due_at IS NULL)),
    CHECK ((series_id IS NULL) = (ordinal IS NULL) AND (series_id IS NULL) = (slot IS NULL))
);

CREATE INDEX task_newest ON tasks.task (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX task_newest_by_status ON tasks.task (user_id, status, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX task_children ON tasks.task (parent_id) WHERE parent_id IS NOT NULL;

-- What has been announced of each reminder: a row appears with its first `reminder.scheduled`.
CREATE TABLE tasks.reminder (
    id         uuid        PRIMARY KEY,
    user_id    text        NOT NULL REFERENCES tasks.user_state (user_id),
    task_id    uuid        NOT NULL REFERENCES tasks.task (id),
    state      text        NOT NULL CHECK (state IN ('scheduled', 'cancelled')),
    fire_at    timestamptz NOT NULL,
    version    bigint      NOT NULL CHECK (version > 0)
);

CREATE INDEX reminder_of_task ON tasks.reminder (task_id);

-- The outcome of a change that was made with an Idempotency-Key, replayed byte for byte for 24 hours.
CREATE TABLE tasks.idempotency (
    user_id     text        NOT NULL,
    key         text        NOT NULL,
    -- SHA-256 of method, path and body: the same key with another request is refused.
    fingerprint bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
    status      smallint    NOT NULL CHECK (status BETWEEN 200 AND 299),
    etag        text        NOT NULL,
    location    text,
    position    bigint      NOT NULL,
    body        bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, key)
);

CREATE INDEX idempotency_age ON tasks.idempotency (created_at);

-- Deletes outcomes that are no longer replayed. It is about all users, hence a function with its owner's rights; it
-- takes no argument that could make it delete anything else.
CREATE FUNCTION tasks.purge_idempotency() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
    WITH expired AS (
        SELECT user_id, key FROM tasks.idempotency
         WHERE created_at < clock_timestamp() - interval '24 hours'
         ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    ), purged AS (
        DELETE FROM tasks.idempotency i USING expired e WHERE i.user_id = e.user_id AND i.key = e.key RETURNING 1
    )
    SELECT count(*) FROM purged
$$;
REVOKE ALL ON FUNCTION tasks.purge_idempotency() FROM PUBLIC;

-- The second wall. The first is `user_id = …` in every statement.
ALTER TABLE tasks.user_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.user_state FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.user_state USING (user_id = (SELECT tasks.caller()));

ALTER TABLE tasks.series ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.series FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.series USING (user_id = (SELECT tasks.caller()));

ALTER TABLE tasks.task ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.task FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.task USING (user_id = (SELECT tasks.caller()));

ALTER TABLE tasks.reminder ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.reminder FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.reminder USING (user_id = (SELECT tasks.caller()));

ALTER TABLE tasks.idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.idempotency FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.idempotency USING (user_id = (SELECT tasks.caller()));

-- Read by notification-svc in the transaction that claims a reminder. It is about all users, hence a view
-- with its owner's rights, and it shows nothing but whether (reminder, version) still holds.
CREATE VIEW tasks.reminder_truth AS
    SELECT id AS reminder_id, version, state FROM tasks.reminder;

GRANT USAGE ON SCHEMA tasks TO taskwire_backend_api, taskwire_notification_svc;
GRANT SELECT, INSERT, UPDATE ON tasks.user_state, tasks.series, tasks.task, tasks.reminder, tasks.idempotency
    TO taskwire_backend_api;
GRANT EXECUTE ON FUNCTION tasks.purge_idempotency() TO taskwire_backend_api;
GRANT SELECT ON tasks.reminder_truth TO taskwire_notification_svc;
