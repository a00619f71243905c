-- What a series leaves out and adds (RFC 5545's EXDATE and RDATE), as wall times; and what a series says where one of its
-- occurrences says something else. Expand only: replicas of the version before write neither.
ALTER TABLE tasks.series ADD COLUMN exdates text[] NOT NULL DEFAULT '{}';
ALTER TABLE tasks.series ADD COLUMN rdates text[] NOT NULL DEFAULT '{}';

-- Of an occurrence that was edited by itself: what the next one is to say instead, as a request for a new task would say it.
ALTER TABLE tasks.task ADD COLUMN template jsonb;
