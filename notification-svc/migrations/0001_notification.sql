-- Schema of notification-svc: the reminder schedule, the inbox, webhook subscriptions and deliveries.
--
-- Every table carries its owner's user_id, and every policy but the claims' asks for the caller. A claim looks across
-- users for what is due: it names itself in `taskwire.claim`, sees only rows that are still to be worked on, and may
-- lock and postpone them, no more. To work on one, the transaction becomes its owner.

CREATE SCHEMA IF NOT EXISTS notification;

-- The user of this transaction; nobody ('') while it claims. With neither, every statement is an error, never an
-- empty list. A local setting that has ended leaves '' behind in its session, which is as much an error as none.
CREATE FUNCTION notification.caller() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog
AS $$
DECLARE
    caller text := COALESCE(current_setting('taskwire.user', true), '');
BEGIN
    IF caller = '' AND COALESCE(current_setting('taskwire.claim', true), '') = '' THEN
        RAISE EXCEPTION 'taskwire.user is not set in this transaction' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN caller;
END
$$;

-- The newest known word on each reminder. Rows stay after firing: their version is what makes a record that is
-- read again `superseded`.
CREATE TABLE notification.schedule (
    reminder_id  uuid PRIMARY KEY,
    user_id      text NOT NULL CHECK (user_id <> ''),
    task_id      uuid NOT NULL,
    -- Order of one reminder's records is (epoch, version).
    epoch        bigint NOT NULL,
    version      bigint NOT NULL,
    state        text NOT NULL CHECK (state IN ('scheduled', 'cancelled', 'fired', 'suppressed')),
    fire_at      timestamptz,
    title        text,
    due_at       timestamptz,
    -- The event that said so, and its trace, so that what fires can name its cause.
    event_id     uuid NOT NULL,
    traceparent  text,
    -- When to look at it: fire_at, or later when this one row could not be fired, so that it holds nobody else up.
    claim_at     timestamptz,
    CHECK (state <> 'scheduled' OR (fire_at IS NOT NULL AND title IS NOT NULL AND claim_at >= fire_at))
);
CREATE INDEX schedule_due ON notification.schedule (claim_at) WHERE state = 'scheduled';

-- One row per user: its lock orders the user's notifications, its position numbers their changes without holes.
CREATE TABLE notification.user_state (
    user_id      text PRIMARY KEY CHECK (user_id <> ''),
    position     bigint NOT NULL CHECK (position >= 0)
);

CREATE TABLE notification.inbox (
    notification_id   uuid PRIMARY KEY,
    user_id           text NOT NULL CHECK (user_id <> ''),
    task_id           uuid NOT NULL,
    reminder_id       uuid NOT NULL,
    reminder_version  bigint NOT NULL,
    title             text NOT NULL,
    due_at            timestamptz,
    fire_at           timestamptz NOT NULL,
    fired_at          timestamptz NOT NULL CHECK (fired_at >= fire_at),
    late              boolean NOT NULL,
    read_at           timestamptz,
    -- Rises by one with each change: fired, delivered, read. Beside it the version last told on each topic, which is
    -- the `previous` of the next event there.
    version           bigint NOT NULL,
    fact_version      bigint NOT NULL,
    update_version    bigint NOT NULL,
    -- The firing, as an action: what is told of the calls that follow from it belongs to the same.
    action_id         uuid NOT NULL,
    -- Where it entered the inbox (its place in the list), and its last change (what `since` compares).
    created_position  bigint NOT NULL,
    position          bigint NOT NULL,
    UNIQUE (user_id, created_position),
    UNIQUE (user_id, position),
    -- The effect's natural key: a version of a reminder fires once.
    UNIQUE (reminder_id, reminder_version)
);

CREATE TABLE notification.webhook_endpoint (
    endpoint_id      uuid PRIMARY KEY,
    user_id          text NOT NULL CHECK (user_id <> ''),
    url              text NOT NULL,
    -- Needed in the clear: it signs every call.
    secret           bytea NOT NULL,
    enabled          boolean NOT NULL DEFAULT true,
    disabled_reason  text,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhook_endpoint_owner ON notification.webhook_endpoint (user_id, created_at);

-- One webhook call to be made, per notification and endpoint. No foreign key to the endpoint: what was sent, and why
-- it ended, outlives the subscription.
CREATE TABLE notification.delivery (
    delivery_id      uuid PRIMARY KEY,
    user_id          text NOT NULL CHECK (user_id <> ''),
    notification_id  uuid NOT NULL REFERENCES notification.inbox,
    endpoint_id      uuid NOT NULL,
    state            text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts         integer NOT NULL DEFAULT 0,
    -- A claim moves it ahead by the visibility timeout: a sender that dies is followed by another after that.
    next_attempt_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (notification_id, endpoint_id)
);
CREATE INDEX delivery_due ON notification.delivery (next_attempt_at) WHERE state = 'pending';
CREATE INDEX delivery_endpoint ON notification.delivery (endpoint_id) WHERE state = 'pending';

-- Written when an attempt starts and completed when it ends: one without an outcome died on the way.
CREATE TABLE notification.delivery_attempt (
    delivery_id   uuid NOT NULL REFERENCES notification.delivery,
    attempt       integer NOT NULL,
    user_id       text NOT NULL CHECK (user_id <> ''),
    started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at      timestamptz,
    outcome       text,
    status        integer,
    detail        text,
    PRIMARY KEY (delivery_id, attempt)
);

GRANT USAGE ON SCHEMA notification TO taskwire_notification_svc;
GRANT SELECT, INSERT, UPDATE ON notification.schedule, notification.user_state, notification.inbox,
    notification.delivery, notification.delivery_attempt TO taskwire_notification_svc;
GRANT SELECT, INSERT, UPDATE, DELETE ON notification.webhook_endpoint TO taskwire_notification_svc;

-- The second wall. The first is `user_id = …` in every statement.
ALTER TABLE notification.schedule ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification.schedule FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON notification.schedule TO taskwire_notification_svc
    USING (user_id = (SELECT notification.caller()));

ALTER TABLE notification.user_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification.user_state FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON notification.user_state TO taskwire_notification_svc
    USING (user_id = (SELECT notification.caller()));

ALTER TABLE notification.inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification.inbox FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON notification.inbox TO taskwire_notification_svc
    USING (user_id = (SELECT notification.caller()));

ALTER TABLE notification.webhook_endpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification.webhook_endpoint FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON notification.webhook_endpoint TO taskwire_notification_svc
    USING (user_id = (SELECT notification.caller()));

ALTER TABLE notification.delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification.delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON notification.delivery TO taskwire_notification_svc
    USING (user_id = (SELECT notification.caller()));

ALTER TABLE notification.delivery_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification.delivery_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON notification.delivery_attempt TO taskwire_notification_svc
    USING (user_id = (SELECT notification.caller()));

-- SELECT … FOR UPDATE asks the UPDATE policies too; their USING is also what a changed row must still satisfy.
CREATE POLICY claim ON notification.schedule FOR SELECT TO taskwire_notification_svc
    USING (state = 'scheduled' AND (SELECT current_setting('taskwire.claim', true)) = 'schedule');
CREATE POLICY claim_lock ON notification.schedule FOR UPDATE TO taskwire_notification_svc
    USING (state = 'scheduled' AND (SELECT current_setting('taskwire.claim', true)) = 'schedule');
CREATE POLICY claim ON notification.delivery FOR SELECT TO taskwire_notification_svc
    USING (state = 'pending' AND (SELECT current_setting('taskwire.claim', true)) = 'delivery');
CREATE POLICY claim_lock ON notification.delivery FOR UPDATE TO taskwire_notification_svc
    USING (state = 'pending' AND (SELECT current_setting('taskwire.claim', true)) = 'delivery');
