-- Policies ask the caller that all schemas have in common, but for a claim: while it looks across users it is nobody (''),
-- whose rows are none, and the claims' own policies show what is due.
CREATE OR REPLACE FUNCTION notification.caller() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog
AS $$
    SELECT CASE WHEN COALESCE(current_setting('taskwire.claim', true), '') = '' THEN outbox.caller() ELSE '' END
$$;
