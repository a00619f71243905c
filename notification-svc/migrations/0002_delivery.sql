-- A delivery has a channel and a target, not a webhook in its shape (docs/adr/0011-a-delivery-has-a-channel-and-a-target.md).
-- One table holds what every channel has to send, one index finds what is due, one table logs the attempts.
--
-- Columns are renamed and dropped here at once, not in two steps: there is no production yet, and nothing but this
-- service reads these tables.

ALTER TABLE notification.delivery
    -- Who sends it. Not a closed list: a sender claims the rows of its own channel and no others, so a row of a channel
    -- that nobody serves waits, and harms nothing.
    ADD COLUMN channel     text NOT NULL DEFAULT 'webhook' CHECK (channel <> ''),
    -- Whom it goes to, in the channel's own words: for `webhook` the id of an endpoint. No foreign key: what was sent,
    -- and why it ended, outlives the subscription.
    ADD COLUMN target      text,
    -- Why it exists: a reminder fired, somebody asked for a delivery to be sent again, or for a test event.
    ADD COLUMN origin      text NOT NULL DEFAULT 'reminder' CHECK (origin IN ('reminder', 'resend', 'test')),
    -- The delivery that is sent again. It is part of that one's history, and goes with it.
    ADD COLUMN resend_of   uuid REFERENCES notification.delivery ON DELETE CASCADE,
    ADD COLUMN created_at  timestamptz NOT NULL DEFAULT clock_timestamp();

UPDATE notification.delivery AS known
   SET target = known.endpoint_id::text, created_at = inbox.fired_at
  FROM notification.inbox
 WHERE inbox.notification_id = known.notification_id;

-- With endpoint_id go the key (notification, endpoint) and the index delivery_endpoint.
ALTER TABLE notification.delivery
    DROP COLUMN endpoint_id,
    ALTER COLUMN target SET NOT NULL,
    ALTER COLUMN channel DROP DEFAULT,
    ALTER COLUMN origin DROP DEFAULT,
    -- A test event is about no notification.
    ALTER COLUMN notification_id DROP NOT NULL,
    ADD CONSTRAINT delivery_target_check CHECK (target <> ''),
    ADD CONSTRAINT delivery_notification_check CHECK ((origin = 'test') = (notification_id IS NULL)),
    ADD CONSTRAINT delivery_resend_check CHECK ((origin = 'resend') = (resend_of IS NOT NULL));

-- The effect's natural key: one firing is delivered once to each target. It may be sent again as often as is asked for.
CREATE UNIQUE INDEX delivery_of_reminder ON notification.delivery (notification_id, channel, target)
    WHERE origin = 'reminder';
-- What a channel's sender looks for: the same index for every channel, first attempts and retries alike.
DROP INDEX notification.delivery_due;
CREATE INDEX delivery_due ON notification.delivery (channel, next_attempt_at) WHERE state = 'pending';
-- What is still to go to a target that is closed.
CREATE INDEX delivery_target ON notification.delivery (channel, target) WHERE state = 'pending';
-- For the cascade.
CREATE INDEX delivery_resent ON notification.delivery (resend_of) WHERE resend_of IS NOT NULL;

-- The log of attempts, of every channel. Written when an attempt starts and completed when it ends: one without an
-- outcome is under way, or died on the way. Grants and policies stay with a table that is renamed.
ALTER TABLE notification.delivery_attempt RENAME TO attempt;
ALTER TABLE notification.attempt RENAME COLUMN attempt TO number;
ALTER TABLE notification.attempt RENAME COLUMN started_at TO at;
ALTER TABLE notification.attempt RENAME CONSTRAINT delivery_attempt_pkey TO attempt_pkey;
ALTER TABLE notification.attempt
    -- How long the other side took; null where it was not asked.
    ADD COLUMN latency_ms  integer CHECK (latency_ms >= 0),
    -- The beginning of what the other side answered, or of the error that came in place of an answer.
    ADD COLUMN response    text CHECK (octet_length(response) <= 1024),
    ADD CONSTRAINT attempt_number_check CHECK (number > 0),
    ADD CONSTRAINT attempt_detail_check CHECK (octet_length(detail) <= 1024),
    ADD CONSTRAINT attempt_end_check CHECK (outcome IS NOT NULL
        OR (status IS NULL AND latency_ms IS NULL AND detail IS NULL AND response IS NULL)),
    DROP CONSTRAINT delivery_attempt_delivery_id_fkey,
    -- Nothing is purged yet. Whoever purges deliveries purges their log.
    ADD CONSTRAINT attempt_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES notification.delivery ON DELETE CASCADE;

UPDATE notification.attempt
   SET latency_ms = greatest(0, round(extract(epoch FROM ended_at - at) * 1000))
 WHERE ended_at IS NOT NULL AND outcome <> 'dropped';

ALTER TABLE notification.attempt DROP COLUMN ended_at;
