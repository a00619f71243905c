-- What `taskctl reconcile` asks of the log: whether it has each version of an aggregate. The role comes from schema
-- outbox. The payloads, which are personal, stay hidden from it.
GRANT USAGE ON SCHEMA audit TO taskwire_reconciler;
GRANT SELECT ON audit.entry TO taskwire_reconciler;

-- The other indexes begin with the user or with the event id. Without this one a look at 10^6 tasks sorts the whole log,
-- and a second look at one task that seemed incomplete reads all of its user's entries. It costs an insert one more page
-- of an index; the columns that are only included make the question one of the index alone.
CREATE INDEX entry_of_aggregate ON audit.entry (aggregate_id COLLATE "C", epoch, version) INCLUDE (previous);
