-- The policies ask the caller that all schemas have in common.
ALTER POLICY own_rows ON tasks.user_state USING (user_id = (SELECT outbox.caller()));
ALTER POLICY own_rows ON tasks.series USING (user_id = (SELECT outbox.caller()));
ALTER POLICY own_rows ON tasks.task USING (user_id = (SELECT outbox.caller()));
ALTER POLICY own_rows ON tasks.reminder USING (user_id = (SELECT outbox.caller()));
ALTER POLICY own_rows ON tasks.idempotency USING (user_id = (SELECT outbox.caller()));
ALTER POLICY own_rows ON tasks.tag USING (user_id = (SELECT outbox.caller()));
DROP FUNCTION tasks.caller();
