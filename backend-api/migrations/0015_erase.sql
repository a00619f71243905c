-- What is left of an account that was deleted: tombstones without words, so that other devices learn of it.

-- Deleted before this time, nothing can be restored.
ALTER TABLE tasks.user_state ADD COLUMN erased_at timestamptz;

-- Takes the words out of the caller's tombstones and forgets the answers to their keys. Rows cannot be deleted by the service,
-- hence a function with its owner's rights; it is about the caller alone, and refuses while anything is not deleted.
CREATE FUNCTION tasks.erase() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    erased text := outbox.caller();
BEGIN
    IF EXISTS (SELECT FROM tasks.task WHERE user_id = erased AND deleted_at IS NULL)
       OR EXISTS (SELECT FROM tasks.project WHERE user_id = erased AND deleted_at IS NULL)
       OR EXISTS (SELECT FROM tasks.tag WHERE user_id = erased AND deleted_at IS NULL)
       OR EXISTS (SELECT FROM tasks.settings WHERE user_id = erased AND deleted_at IS NULL) THEN
        RAISE EXCEPTION 'something of the account is not deleted' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE tasks.user_state SET erased_at = clock_timestamp() WHERE user_id = erased;
    UPDATE tasks.task SET title = '-', description = NULL, tags = '{}', reminders = '[]', estimate = NULL, template = NULL
     WHERE user_id = erased;
    UPDATE tasks.project SET name = '-', color = NULL WHERE user_id = erased;
    UPDATE tasks.tag SET name = '-' WHERE user_id = erased;
    UPDATE tasks.settings SET timezone = NULL, default_reminders = '{}' WHERE user_id = erased;
    DELETE FROM tasks.idempotency WHERE user_id = erased;
END
$$;
REVOKE ALL ON FUNCTION tasks.erase() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tasks.erase() TO taskwire_backend_api;
