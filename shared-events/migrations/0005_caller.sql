-- The user of a transaction, for the row-level-security policies of every schema. With none, and with the empty string
-- that a local setting leaves behind in its session when it ends, every statement is an error, never an empty list.
-- Policies call it in a sub-select, so that it is evaluated once per statement.
CREATE FUNCTION outbox.caller() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog
AS $$
DECLARE
    caller text := current_setting('taskwire.user', true);
BEGIN
    IF caller IS NULL OR caller = '' THEN
        RAISE EXCEPTION 'taskwire.user is not set in this transaction'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Call act_as at the beginning of each transaction.';
    END IF;
    RETURN caller;
END
$$;
