-- What each change begins with, in one round trip: whose transaction it is, the user's lock, the next positions. Every
-- round trip that is made under the lock keeps the user's next change waiting.
--
-- `taken` is false for a user who never changed anything, unless `may_be_new`. The epoch and the time are read after the
-- wait for the lock.
CREATE FUNCTION tasks.begin_change(
    caller text, reserve bigint, may_be_new boolean,
    OUT taken boolean, OUT last_position bigint, OUT of_epoch bigint, OUT begun_at timestamptz
)
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    PERFORM set_config('taskwire.user', caller, true), set_config('taskwire.claim', '', true);
    UPDATE tasks.user_state AS state SET position = state.position + reserve
     WHERE state.user_id = caller RETURNING state.position INTO last_position;
    taken := FOUND;
    IF NOT taken AND may_be_new THEN
        -- Another transaction may be first; its positions are waited for.
        INSERT INTO tasks.user_state AS state (user_id, position) VALUES (caller, reserve)
            ON CONFLICT (user_id) DO UPDATE SET position = state.position + reserve
        RETURNING state.position INTO last_position;
        taken := true;
    END IF;
    SELECT life.epoch INTO of_epoch FROM outbox.epoch AS life;
    begun_at := clock_timestamp();
END
$$;

-- The same for a change with an Idempotency-Key. The key is held until the end of the transaction; while another one
-- holds it, `key_taken` is false and nothing was done. If it was answered before, there is that answer with its
-- `fingerprint`, and no lock was taken.
CREATE FUNCTION tasks.begin_keyed_change(
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
       AND known.created_at >= clock_timestamp() - interval '24 hours';
    IF NOT FOUND THEN
        SELECT begun.last_position, begun.of_epoch, begun.begun_at INTO last_position, of_epoch, begun_at
          FROM tasks.begin_change(caller, reserve, true) AS begun;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION tasks.begin_change(text, bigint, boolean),
                       tasks.begin_keyed_change(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tasks.begin_change(text, bigint, boolean),
                          tasks.begin_keyed_change(text, bigint, text) TO taskwire_backend_api;
