-- Tags hold ids: a task's row names its tags by id, and a tag's name stands here once, so that renaming is one change of
-- one row. See docs/adr/0010-tags-are-ids.md.

CREATE TABLE tasks.tag (
    id         uuid        PRIMARY KEY,
    user_id    text        NOT NULL REFERENCES tasks.user_state (user_id),
    -- As its user wrote it: NFC, without blanks around it.
    name       text        NOT NULL CHECK (name <> ''),
    version    bigint      NOT NULL CHECK (version > 0),
    position   bigint      NOT NULL CHECK (position > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- A tombstone is kept so that sync can tell of it. Tasks may still hold its id.
    deleted_at timestamptz,
    UNIQUE (user_id, position)
);

-- Names are compared without case. The collation is named, since the index must not change its mind with the
-- database's locale or an operating system's update.
CREATE UNIQUE INDEX tag_live_name ON tasks.tag (user_id, lower(name COLLATE "pg_c_utf8")) WHERE deleted_at IS NULL;
CREATE INDEX tag_oldest ON tasks.tag (user_id, created_at, id) WHERE deleted_at IS NULL;

ALTER TABLE tasks.tag ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.tag FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.tag USING (user_id = (SELECT tasks.caller()));
GRANT SELECT, INSERT, UPDATE ON tasks.tag TO taskwire_backend_api;

-- The names that tasks hold become tags: per user one for all spellings that differ in case alone, spelled and created
-- as on the first task with it. Its id is a UUIDv8 (RFC 9562) of user and name, so that the same rows always give the same
-- ids. Names were trimmed when they were written.
WITH named AS (
    SELECT t.user_id, lower(normalize(n.name, NFC) COLLATE "pg_c_utf8") AS folded,
           (array_agg(normalize(n.name, NFC) ORDER BY t.created_at, n.name COLLATE "C"))[1] AS name,
           min(t.created_at) AS created_at
      FROM tasks.task t CROSS JOIN unnest(t.tags) AS n (name)
     GROUP BY 1, 2
), hashed AS (
    SELECT named.*, substr(sha256(convert_to(user_id || chr(10) || folded, 'UTF8')), 1, 16) AS hash
      FROM named
)
INSERT INTO tasks.tag (id, user_id, name, version, position, created_at, updated_at)
SELECT encode(set_byte(set_byte(h.hash, 6, get_byte(h.hash, 6) & 15 | 128), 8, get_byte(h.hash, 8) & 63 | 128),
              'hex')::uuid,
       h.user_id, h.name, 1,
       s.position + row_number() OVER (PARTITION BY h.user_id ORDER BY h.created_at, h.folded COLLATE "C"),
       h.created_at, h.created_at
  FROM hashed h JOIN tasks.user_state s USING (user_id);

ALTER TABLE tasks.task ADD COLUMN tag_ids uuid[] NOT NULL DEFAULT '{}';
UPDATE tasks.task t
   SET tag_ids = ARRAY(
       SELECT g.id
         FROM unnest(t.tags) WITH ORDINALITY AS n (name, place)
         JOIN tasks.tag g ON g.user_id = t.user_id
          AND lower(g.name COLLATE "pg_c_utf8") = lower(normalize(n.name, NFC) COLLATE "pg_c_utf8")
        GROUP BY g.id ORDER BY min(n.place))
 WHERE t.tags <> '{}';
ALTER TABLE tasks.task DROP COLUMN tags;
ALTER TABLE tasks.task RENAME COLUMN tag_ids TO tags;
ALTER TABLE tasks.task ALTER COLUMN tags DROP DEFAULT;

-- No event can be written here, and every task of these users reads differently without a new version. So whoever
-- kept a copy of them fetches everything: every `since` of before lies below the floor.
UPDATE tasks.user_state s
   SET position = n.last, sync_floor = n.last
  FROM (SELECT user_id, max(position) AS last FROM tasks.tag GROUP BY user_id) n
 WHERE n.user_id = s.user_id;
