-- What is due is found by partial indexes (`schedule_due`, `delivery_due`) in the order of time: a row that is fired or
-- sent leaves the index as a dead entry at its very beginning, where each look starts. So vacuum comes after a small,
-- fixed number of them, and not after a fifth of a table that keeps every reminder.
ALTER TABLE notification.schedule SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE notification.delivery SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

-- One row per user, updated by each notification; room in the page lets the update stay in it (HOT).
ALTER TABLE notification.user_state SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000
);
