-- A change that reads nothing is made in two round trips, neither of which holds a lock for the next: `look` says what it is
-- made upon, and the statement that writes it begins with `enter_change`, which fails if that no longer holds.

-- The user's last position, null for a user who never changed anything, and what else `begin_keyed_change` says. With a
-- key that was answered before there is that answer.
CREATE FUNCTION tasks.look(
    caller text, idempotency_key text,
    OUT fingerprint bytea, OUT status smallint, OUT etag text, OUT location text, OUT answered_position bigint,
    OUT body bytea,
    OUT last_position bigint, OUT of_epoch bigint, OUT looked_at timestamptz
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
           AND known.created_at >= clock_timestamp() - interval '24 hours';
    END IF;
    -- The time is read last: what was committed before has an earlier one, and what is committed later moves the position.
    SELECT state.position INTO last_position FROM tasks.user_state AS state WHERE state.user_id = caller;
    SELECT life.epoch INTO of_epoch FROM outbox.epoch AS life;
    looked_at := clock_timestamp();
END
$$;

-- Makes the transaction the user's own, takes the key and the user's lock and the next position, as `begin_keyed_change`
-- does; but only if the user made no change since `look`, the key was not answered since, and the epoch is the same. If
-- not, or if another transaction holds the key, it fails with 40001 (serialization_failure), and the change is to be made
-- under the lock.
CREATE FUNCTION tasks.enter_change(caller text, seen_position bigint, seen_epoch bigint, idempotency_key text) RETURNS void
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
           AND known.created_at >= clock_timestamp() - interval '24 hours'
    ) THEN
        RAISE EXCEPTION 'the key was answered' USING ERRCODE = 'serialization_failure';
    END IF;
    IF NOT EXISTS (SELECT FROM outbox.epoch AS life WHERE life.epoch = seen_epoch) THEN
        RAISE EXCEPTION 'the epoch is another' USING ERRCODE = 'serialization_failure';
    END IF;
END
$$;

REVOKE ALL ON FUNCTION tasks.look(text, text), tasks.enter_change(text, bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tasks.look(text, text), tasks.enter_change(text, bigint, bigint, text)
    TO taskwire_backend_api;
