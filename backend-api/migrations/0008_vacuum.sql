-- One row per user, updated by each of that user's changes; a busy user's row is updated many times a second. Room in
-- the page lets the update stay in it (HOT), and vacuum comes after a fixed number of dead rows, since a fifth of the
-- table may be far more dead versions of a few busy rows than of all others.
ALTER TABLE tasks.user_state SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

-- Deleted after a day, in the order of their age: the scan for the oldest begins where dead rows were left.
ALTER TABLE tasks.idempotency SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000
);
