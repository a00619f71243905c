-- Filters that are saved under a name, as aggregates of their own.
--
-- Expand only. A replica of the version before does not know them, so it cannot delete the account of a user who has some: its
-- transaction is refused by tasks.erase, and the call can be made again.

CREATE TABLE tasks.filter (
    id         uuid        PRIMARY KEY,
    user_id    text        NOT NULL REFERENCES tasks.user_state (user_id),
    -- As its user wrote it: NFC, without blanks around it.
    name       text        NOT NULL CHECK (name <> ''),
    -- What it says of tasks, as its user wrote it. It was read once before, and is read again whenever it is used.
    filter     text        NOT NULL CHECK (filter <> ''),
    -- The order of its list; null for the usual one.
    sort       text        CHECK (sort <> ''),
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
CREATE UNIQUE INDEX filter_live_name ON tasks.filter (user_id, lower(name COLLATE "pg_c_utf8")) WHERE deleted_at IS NULL;
CREATE INDEX filter_in_order ON tasks.filter (user_id, order_key, id) WHERE deleted_at IS NULL;

ALTER TABLE tasks.filter ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.filter FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.filter USING (user_id = (SELECT outbox.caller()));
GRANT SELECT, INSERT, UPDATE ON tasks.filter TO taskwire_backend_api;
GRANT SELECT ON tasks.filter TO taskwire_reconciler;

-- As before, and filters lose their words too.
CREATE OR REPLACE FUNCTION tasks.erase() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    erased text := outbox.caller();
BEGIN
    IF EXISTS (SELECT FROM tasks.task WHERE user_id = erased AND deleted_at IS NULL)
       OR EXISTS (SELECT FROM tasks.project WHERE user_id = erased AND deleted_at IS NULL)
       OR EXISTS (SELECT FROM tasks.tag WHERE user_id = erased AND deleted_at IS NULL)
       OR EXISTS (SELECT FROM tasks.filter WHERE user_id = erased AND deleted_at IS NULL)
       OR EXISTS (SELECT FROM tasks.settings WHERE user_id = erased AND deleted_at IS NULL) THEN
        RAISE EXCEPTION 'something of the account is not deleted' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE tasks.user_state SET erased_at = clock_timestamp() WHERE user_id = erased;
    UPDATE tasks.task SET title = '-', description = NULL, tags = '{}', reminders = '[]', estimate = NULL, template = NULL
     WHERE user_id = erased;
    UPDATE tasks.project SET name = '-', color = NULL WHERE user_id = erased;
    UPDATE tasks.tag SET name = '-' WHERE user_id = erased;
    UPDATE tasks.filter SET name = '-', filter = '-', sort = NULL WHERE user_id = erased;
    UPDATE tasks.settings SET timezone = NULL, default_reminders = '{}' WHERE user_id = erased;
    DELETE FROM tasks.idempotency WHERE user_id = erased;
END
$$;
