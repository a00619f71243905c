-- A hole is closed, and kept: `redriven` when its letter was given back to the service, `dropped` when nobody wants it.
-- `operator` says who did so with taskctl; it is null where the service met the record on its retry topic first, or the
-- record came there by another tool. taskctl writes a closed row also for a letter of recurring-svc, which has no
-- database and so no open holes (docs/adr/0027-dead-letters-are-redriven-or-dropped.md).
ALTER TABLE outbox.hole
    ADD COLUMN state     text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'dropped')),
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN operator  text,
    ADD CONSTRAINT closed_holes_say_when CHECK ((state = 'open') = (closed_at IS NULL));

-- Open ones are few and asked for every few seconds; closed ones add up.
CREATE INDEX hole_open ON outbox.hole (service, group_id, topic, partition) WHERE state = 'open';
