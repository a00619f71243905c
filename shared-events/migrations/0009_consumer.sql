-- The audit entry of an offset that an operator committed in Kafka (`rpk group seek`), written in the transaction in which
-- the service follows it.
--
-- A function with its owner's rights, since audit-svc may not write to the outbox, and need not for this: it can say
-- nothing here but that it followed an operator, in a lane of its own. Topic, kind and source are none of its choice.
CREATE FUNCTION outbox.tell_of_adopted_offset(event_id uuid, key text, fingerprint bytea, body bytea, occurred_at timestamptz)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO outbox.message (topic, key, event_id, kind, source, fingerprint, body, occurred_at)
    VALUES ('task-events', $2, $1, 'operator.offsets_adopted', '/taskwire/consumer', $3, $4, $5);
$$;

REVOKE ALL ON FUNCTION outbox.tell_of_adopted_offset FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox.tell_of_adopted_offset
    TO taskwire_backend_api, taskwire_notification_svc, taskwire_audit_svc;
