-- Projects and settings are aggregates of their own; tasks get a place in their user's own order; a client may choose the id
-- of a task, and then the answer to its creation is kept for ever.
--
-- Expand only. Replicas of the version before go on: a task that they create gets its place from the column's default, which
-- a later migration takes away.

CREATE TABLE tasks.project (
    id         uuid        PRIMARY KEY,
    user_id    text        NOT NULL REFERENCES tasks.user_state (user_id),
    -- As its user wrote it: NFC, without blanks around it.
    name       text        NOT NULL CHECK (name <> ''),
    -- #rrggbb.
    color      text        CHECK (color ~ '^#[0-9a-f]{6}$'),
    archived   boolean     NOT NULL,
    order_key  text        COLLATE "C" NOT NULL,
    version    bigint      NOT NULL CHECK (version > 0),
    position   bigint      NOT NULL CHECK (position > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- A tombstone is kept so that sync can tell of it.
    deleted_at timestamptz,
    UNIQUE (user_id, position)
);

-- Names are compared without case, as those of tags are.
CREATE UNIQUE INDEX project_live_name ON tasks.project (user_id, lower(name COLLATE "pg_c_utf8")) WHERE deleted_at IS NULL;
CREATE INDEX project_in_order ON tasks.project (user_id, order_key, id) WHERE deleted_at IS NULL;

CREATE TABLE tasks.settings (
    user_id           text        PRIMARY KEY REFERENCES tasks.user_state (user_id),
    -- Follows from the user's id.
    id                uuid        NOT NULL UNIQUE,
    timezone          text,
    first_day_of_week text        NOT NULL
        CHECK (first_day_of_week IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
    -- ISO 8601 durations before the due time.
    default_reminders text[]      NOT NULL,
    version           bigint      NOT NULL CHECK (version > 0),
    position          bigint      NOT NULL CHECK (position > 0),
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    deleted_at        timestamptz,
    UNIQUE (user_id, position)
);

ALTER TABLE tasks.project ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.project FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.project USING (user_id = (SELECT outbox.caller()));
ALTER TABLE tasks.settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.settings USING (user_id = (SELECT outbox.caller()));
GRANT SELECT, INSERT, UPDATE ON tasks.project, tasks.settings TO taskwire_backend_api;
GRANT SELECT ON tasks.project, tasks.settings TO taskwire_reconciler;

-- The place of what came to be at a time: its microseconds in 14 hexadecimal digits, and the end of a key.
CREATE FUNCTION tasks.order_key_at(created_at timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog
AS $$
    SELECT upper(lpad(to_hex((extract(epoch FROM created_at) * 1000000)::bigint), 14, '0')) || '80'
$$;

-- Whoever kept a copy of an old task need not fetch it again: its place follows from the time at which it was created.
ALTER TABLE tasks.task ADD COLUMN order_key text COLLATE "C";
UPDATE tasks.task SET order_key = tasks.order_key_at(created_at);
ALTER TABLE tasks.task ALTER COLUMN order_key SET DEFAULT tasks.order_key_at(clock_timestamp());
ALTER TABLE tasks.task ALTER COLUMN order_key SET NOT NULL;

-- What lists go by. Each order has an index that begins with user and status, since most lists are of open tasks and closed
-- ones become many; a list of all of them merges three.
ALTER TABLE tasks.task ADD COLUMN urgency smallint NOT NULL GENERATED ALWAYS AS (
    CASE priority WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END) STORED;
ALTER TABLE tasks.task ADD COLUMN due_soonest timestamptz NOT NULL GENERATED ALWAYS AS (
    coalesce(due_at, 'infinity'::timestamptz)) STORED;
CREATE INDEX task_by_due ON tasks.task (user_id, status, due_soonest, urgency, id) WHERE deleted_at IS NULL;
CREATE INDEX task_by_urgency ON tasks.task (user_id, status, urgency, due_soonest, id) WHERE deleted_at IS NULL;
CREATE INDEX task_in_order ON tasks.task (user_id, status, order_key, id) WHERE deleted_at IS NULL;
CREATE INDEX task_by_creation ON tasks.task (user_id, status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX task_of_project ON tasks.task (user_id, project_id) WHERE project_id IS NOT NULL AND deleted_at IS NULL;
DROP INDEX tasks.task_newest, tasks.task_newest_by_status;

-- The answer to the creation of a task whose id its client chose is kept for ever: its key is made of that id.
ALTER TABLE tasks.idempotency ADD COLUMN for_ever boolean NOT NULL DEFAULT false;
DROP INDEX tasks.idempotency_age;
CREATE INDEX idempotency_age ON tasks.idempotency (created_at) WHERE NOT for_ever;

CREATE OR REPLACE FUNCTION tasks.purge_idempotency() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
    WITH expired AS (
        SELECT user_id, key FROM tasks.idempotency
         WHERE NOT for_ever AND created_at < clock_timestamp() - interval '24 hours'
         ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    ), purged AS (
        DELETE FROM tasks.idempotency i USING expired e WHERE i.user_id = e.user_id AND i.key = e.key RETURNING 1
    )
    SELECT count(*) FROM purged
$$;

CREATE OR REPLACE FUNCTION tasks.begin_keyed_change(
    caller text, reserve bigint, idempotency_key text,
    OUT key_taken boolean,
    OUT fingerprint bytea, OUT status smallint, OUT etag text, OUT location text, OUT answered_position bigint,
    OUT body bytea,
    OUT last_position bigint, OUT of_epoch bigint, OUT begun_at timestamptz
)
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    key_taken := pg_try_advisory_xact_lock(hashtextextended(idempotency_key, hashtextextended(caller, 0)));
    IF NOT key_taken THEN
        RETURN;
    END IF;
    PERFORM set_config('taskwire.user', caller, true), set_config('taskwire.claim', '', true);
    SELECT known.fingerprint, known.status, known.etag, known.location, known.position, known.body
      INTO fingerprint, status, etag, location, answered_position, body
      FROM tasks.idempotency AS known
     WHERE known.user_id = caller AND known.key = idempotency_key
       AND (known.for_ever OR known.created_at >= clock_timestamp() - interval '24 hours');
    IF NOT FOUND THEN
        SELECT begun.last_position, begun.of_epoch, begun.begun_at INTO last_position, of_epoch, begun_at
          FROM tasks.begin_change(caller, reserve, true) AS begun;
    END IF;
END
$$;

-- As before, and the settings that a new task goes by.
DROP FUNCTION tasks.look(text, text);
CREATE FUNCTION tasks.look(
    caller text, idempotency_key text,
    OUT fingerprint bytea, OUT status smallint, OUT etag text, OUT location text, OUT answered_position bigint,
    OUT body bytea,
    OUT last_position bigint, OUT of_epoch bigint, OUT looked_at timestamptz,
    OUT timezone text, OUT default_reminders text[]
)
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    PERFORM set_config('taskwire.user', caller, true), set_config('taskwire.claim', '', true);
    IF idempotency_key IS NOT NULL THEN
        SELECT known.fingerprint, known.status, known.etag, known.location, known.position, known.body
          INTO fingerprint, status, etag, location, answered_position, body
          FROM tasks.idempotency AS known
         WHERE known.user_id = caller AND known.key = idempotency_key
           AND (known.for_ever OR known.created_at >= clock_timestamp() - interval '24 hours');
    END IF;
    -- The time is read last: what was committed before has an earlier one, and what is committed later moves the position.
    SELECT state.position, chosen.timezone, chosen.default_reminders INTO last_position, timezone, default_reminders
      FROM tasks.user_state AS state
      LEFT JOIN tasks.settings AS chosen ON chosen.user_id = caller AND chosen.deleted_at IS NULL
     WHERE state.user_id = caller;
    SELECT life.epoch INTO of_epoch FROM outbox.epoch AS life;
    looked_at := clock_timestamp();
END
$$;
REVOKE ALL ON FUNCTION tasks.look(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tasks.look(text, text) TO taskwire_backend_api;

CREATE OR REPLACE FUNCTION tasks.enter_change(
    caller text, seen_position bigint, seen_epoch bigint, idempotency_key text
) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    IF idempotency_key IS NOT NULL
       AND NOT pg_try_advisory_xact_lock(hashtextextended(idempotency_key, hashtextextended(caller, 0))) THEN
        RAISE EXCEPTION 'another transaction holds the key' USING ERRCODE = 'serialization_failure';
    END IF;
    PERFORM set_config('taskwire.user', caller, true), set_config('taskwire.claim', '', true);
    UPDATE tasks.user_state AS state SET position = state.position + 1
     WHERE state.user_id = caller AND state.position = seen_position;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the user made another change' USING ERRCODE = 'serialization_failure';
    END IF;
    IF idempotency_key IS NOT NULL AND EXISTS (
        SELECT FROM tasks.idempotency AS known
         WHERE known.user_id = caller AND known.key = idempotency_key
           AND (known.for_ever OR known.created_at >= clock_timestamp() - interval '24 hours')
    ) THEN
        RAISE EXCEPTION 'the key was answered' USING ERRCODE = 'serialization_failure';
    END IF;
    IF NOT EXISTS (SELECT FROM outbox.epoch AS life WHERE life.epoch = seen_epoch) THEN
        RAISE EXCEPTION 'the epoch is another' USING ERRCODE = 'serialization_failure';
    END IF;
END
$$;
