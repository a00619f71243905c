-- Rows of the outbox live for milliseconds, and the rows of the lease, the offsets and the parked lanes are updated
-- many times a second: dead rows come far faster than the server's defaults expect (a fifth of the table, which is
-- next to nothing here and then a moment later huge). Every dead row that stays is walked over by the sweep and the
-- survey, so vacuum comes after a fixed number of them and does not pause.
--
-- A snapshot that stays open keeps dead rows whatever is set here; reads beyond the tail do not meet them.
ALTER TABLE outbox.message SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    -- Vacuum on inserts looks for pages to mark as all-visible, of which none lives long enough.
    autovacuum_vacuum_insert_threshold = -1,
    -- Empty or huge within a minute: statistics only mislead, and the relay's reads name their index by their order.
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 100000,
    autovacuum_vacuum_cost_delay = 0,
    -- Pages at the end are given back under an exclusive lock, only to be needed again at once.
    vacuum_truncate = off
);

-- A few rows, updated per batch or per second. Room in the page lets updates stay in it (HOT), so that no index grows
-- and the page cleans itself; vacuum only has to keep up with what an open snapshot held back.
ALTER TABLE outbox.consumer_offset SET (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE outbox.lease SET (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE outbox.parked SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500
);
