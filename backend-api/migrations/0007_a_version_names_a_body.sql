-- A task's row is all that its body is made of, so that its version names the body: docs/adr/0019-a-version-names-a-body.md.
--
-- The rule is that of the series when the task last changed. So far it was read from the series, where it is now.
ALTER TABLE tasks.task ADD COLUMN rrule text;
ALTER TABLE tasks.task ADD COLUMN anchor text CHECK (anchor IN ('schedule', 'completion'));
ALTER TABLE tasks.task ADD COLUMN missed text CHECK (missed IN ('skip', 'keep'));
UPDATE tasks.task t SET rrule = s.rrule, anchor = s.anchor, missed = s.missed
  FROM tasks.series s WHERE s.id = t.series_id AND s.alive;
ALTER TABLE tasks.task ADD CHECK (num_nulls(rrule, anchor, missed) IN (0, 3) AND (rrule IS NULL OR series_id IS NOT NULL));

-- The release of the tz database that due_at and the reminders' times were derived by. Null where nothing was derived,
-- and in rows from before it was noted.
ALTER TABLE tasks.task ADD COLUMN tzdb text;
