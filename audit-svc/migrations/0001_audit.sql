-- The audit log: one entry per event id, kept for good. The service may add and read, never change.
-- Its role taskwire_audit_svc comes from the migrations of schema outbox, which are applied first.

CREATE SCHEMA IF NOT EXISTS audit;

CREATE TABLE audit.entry (
    -- Order of arrival here, which says nothing about when things happened. Not the leaf index.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    kind text NOT NULL,
    user_id text NOT NULL,
    aggregate text NOT NULL,
    aggregate_id text NOT NULL,
    -- Null for facts that are about no single task (a series, a project).
    task_id uuid,
    version bigint NOT NULL,
    previous bigint NOT NULL,
    epoch bigint NOT NULL,
    position bigint NOT NULL,
    actor text NOT NULL,
    intent text NOT NULL,
    action_id uuid NOT NULL,
    causation_id uuid,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- CloudEvents `ce_dataschema` (subject, version, fingerprint) and `traceparent` as the record carried them.
    data_schema text,
    traceparent text,
    -- SHA-256 of payload.salt followed by payload.body: it still commits to the payload after that is shredded.
    payload_hash bytea NOT NULL CHECK (octet_length(payload_hash) = 32)
);

-- Serve `GET /v1/audit` with and without a task; both end in the keyset of the cursor. The event id breaks ties of
-- occurred_at, so that the order is the same however and however often the topics were read.
CREATE INDEX entry_of_task ON audit.entry (user_id, task_id, occurred_at, event_id);
CREATE INDEX entry_of_user ON audit.entry (user_id, occurred_at, event_id);

-- The personal part lives apart, so that it can be shredded while the entry and its proofs stay.
CREATE TABLE audit.payload (
    event_id uuid PRIMARY KEY REFERENCES audit.entry (event_id),
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    -- The record's value, byte for byte, with its wire frame.
    body bytea NOT NULL
);

GRANT USAGE ON SCHEMA audit TO taskwire_audit_svc;
GRANT SELECT, INSERT ON audit.entry, audit.payload TO taskwire_audit_svc;

ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.entry FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.payload ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.payload FORCE ROW LEVEL SECURITY;

CREATE POLICY ingest ON audit.entry FOR INSERT TO taskwire_audit_svc WITH CHECK (true);
CREATE POLICY ingest ON audit.payload FOR INSERT TO taskwire_audit_svc WITH CHECK (true);

-- Without missing_ok: reading without saying for whom is an error, not an empty list.
CREATE POLICY own_entries ON audit.entry FOR SELECT TO taskwire_audit_svc
    USING (user_id = current_setting('taskwire.user'));
CREATE POLICY own_payloads ON audit.payload FOR SELECT TO taskwire_audit_svc
    USING (EXISTS (SELECT FROM audit.entry WHERE entry.event_id = payload.event_id));
