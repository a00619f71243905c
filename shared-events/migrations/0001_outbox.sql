-- The outbox room: what shared-events owns in every database that takes part.
-- A row in outbox.message exists = it is pending; the relay deletes it after the broker's acknowledgement.

-- One login role per service, least privilege; `taskctl migrate` sets the passwords. Roles are cluster-wide, so
-- they may exist already, or be created by a concurrent migration of another database.
DO $$
DECLARE
    service_role text;
BEGIN
    FOREACH service_role IN ARRAY ARRAY['taskwire_backend_api', 'taskwire_notification_svc', 'taskwire_audit_svc'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
                EXECUTE format('CREATE ROLE %I LOGIN', service_role);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

CREATE SCHEMA IF NOT EXISTS outbox;
GRANT USAGE ON SCHEMA outbox TO taskwire_backend_api, taskwire_notification_svc, taskwire_audit_svc;

CREATE TABLE outbox.message (
    -- Outbox order. Assigned while the writer holds its user's lock, so it is commit order within one user.
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- All 0 today: lets the lease be split when a measurement asks for it.
    shard        smallint    NOT NULL DEFAULT 0,
    topic        text        NOT NULL,
    key          text        NOT NULL,
    event_id     uuid        NOT NULL,
    kind         text        NOT NULL,
    source       text        NOT NULL,
    -- SHA-256 of the writer schema's Parsing Canonical Form (Avro 1.12); the relay turns it into a registry id.
    fingerprint  bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
    -- The bare Avro datum; the relay adds the 5-byte Confluent frame.
    body         bytea       NOT NULL,
    occurred_at  timestamptz NOT NULL,
    -- W3C Trace Context of the request that made the change.
    traceparent  text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX message_by_key ON outbox.message (topic, key, id);

CREATE TABLE outbox.lease (
    name       text        PRIMARY KEY,
    holder     text        NOT NULL,
    -- Fencing token: rises with every change of holder.
    token      bigint      NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE outbox.schema_id (
    registry    text    NOT NULL,
    fingerprint bytea   NOT NULL,
    subject     text    NOT NULL,
    id          integer NOT NULL,
    PRIMARY KEY (registry, fingerprint, subject)
);

CREATE TABLE outbox.parked (
    topic      text        NOT NULL,
    key        text        NOT NULL,
    message_id bigint      NOT NULL,
    error      text        NOT NULL,
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, key)
);

-- The one row says which life of the database this is: raised when Postgres' system identifier or timeline
-- differs from the stored one (a restore, a promotion), so that no consumer takes a reborn position for an old one.
CREATE TABLE outbox.epoch (
    only_row          boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch             bigint  NOT NULL,
    system_identifier bigint  NOT NULL,
    timeline          integer NOT NULL
);
INSERT INTO outbox.epoch (epoch, system_identifier, timeline)
SELECT 1, s.system_identifier, c.timeline_id FROM pg_control_system() s, pg_control_checkpoint() c;

-- Compares and, when they differ, raises the epoch in the caller's transaction. Runs as its owner, since services may only read.
CREATE FUNCTION outbox.verify_epoch() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    now_system bigint;
    now_timeline integer;
    current_epoch bigint;
BEGIN
    SELECT s.system_identifier INTO now_system FROM pg_control_system() s;
    SELECT c.timeline_id INTO now_timeline FROM pg_control_checkpoint() c;
    SELECT e.epoch INTO current_epoch FROM outbox.epoch e
     WHERE e.system_identifier = now_system AND e.timeline = now_timeline;
    IF FOUND THEN
        RETURN current_epoch;
    END IF;
    UPDATE outbox.epoch e
       SET epoch = e.epoch + 1, system_identifier = now_system, timeline = now_timeline
     WHERE e.system_identifier <> now_system OR e.timeline <> now_timeline;
    SELECT e.epoch INTO current_epoch FROM outbox.epoch e;
    RETURN current_epoch;
END
$$;
REVOKE ALL ON FUNCTION outbox.verify_epoch() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox.verify_epoch() TO taskwire_backend_api, taskwire_notification_svc, taskwire_audit_svc;

-- Where a service stands in a partition: moved in the same transaction as the effect, so a paused, fenced or
-- duplicate process can change nothing (UPDATE … WHERE next_offset = $expected).
CREATE TABLE outbox.consumer_offset (
    service      text        NOT NULL DEFAULT current_user,
    group_id     text        NOT NULL,
    topic        text        NOT NULL,
    partition    integer     NOT NULL,
    next_offset  bigint      NOT NULL,
    -- SHA-256 of the last applied record's key and value: differs when the topic was re-created underneath us.
    last_offset  bigint,
    last_hash    bytea,
    -- The dead-letter limit's state, kept with the offset so that it survives restarts.
    dead_run       integer     NOT NULL DEFAULT 0,
    window_start   timestamptz,
    window_records integer     NOT NULL DEFAULT 0,
    window_dead    integer     NOT NULL DEFAULT 0,
    -- Why the partition is stopped (dead-letter limit, other record at our offset); null while it runs.
    stopped      text,
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (service, group_id, topic, partition)
);
ALTER TABLE outbox.consumer_offset ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox.consumer_offset FORCE ROW LEVEL SECURITY;
CREATE POLICY own_offsets ON outbox.consumer_offset USING (service = current_user) WITH CHECK (service = current_user);

-- A dead letter leaves a hole: the gap metric leaves it out until it is redriven or dropped.
CREATE TABLE outbox.hole (
    service     text        NOT NULL DEFAULT current_user,
    group_id    text        NOT NULL,
    topic       text        NOT NULL,
    partition   integer     NOT NULL,
    "offset"    bigint      NOT NULL,
    reason      text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (service, group_id, topic, partition, "offset")
);
ALTER TABLE outbox.hole ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox.hole FORCE ROW LEVEL SECURITY;
CREATE POLICY own_holes ON outbox.hole USING (service = current_user) WITH CHECK (service = current_user);

-- The Kafka cluster this database belongs to: another cluster is refused.
CREATE TABLE outbox.cluster (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    cluster_id text    NOT NULL
);

GRANT SELECT, INSERT, DELETE ON outbox.message TO taskwire_backend_api;
GRANT INSERT ON outbox.message TO taskwire_notification_svc;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.lease, outbox.parked, outbox.schema_id TO taskwire_backend_api;
GRANT SELECT ON outbox.epoch TO taskwire_backend_api, taskwire_notification_svc, taskwire_audit_svc;
GRANT SELECT, INSERT, UPDATE ON outbox.consumer_offset, outbox.hole TO taskwire_backend_api, taskwire_notification_svc, taskwire_audit_svc;
GRANT SELECT, INSERT ON outbox.cluster TO taskwire_backend_api, taskwire_notification_svc, taskwire_audit_svc;
