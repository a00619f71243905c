-- Reading without saying for whom was an error on a fresh connection only: on one that had a user before, the setting is
-- the empty string, and the list was empty.
ALTER POLICY own_entries ON audit.entry USING (user_id = (SELECT outbox.caller()));
