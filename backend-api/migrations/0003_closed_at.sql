-- When a task was closed, which names the closing that its successor follows: complete, reopen, complete gives two
-- commands for one successor, and only the one of the last completion may have an effect.
--
-- A column of its own, since the other two times mean something else: `completed_at` tells people when a task was done
-- (null for an open one that is deleted), `deleted_at` when the row became a tombstone (null for one that is done).
-- The check comes with the column, as there is no production whose replicas of the version before would meet it.
ALTER TABLE tasks.task ADD COLUMN closed_at timestamptz;

-- A task that was closed when it was deleted stays closed at the time at which it was.
UPDATE tasks.task SET closed_at = coalesce(completed_at, deleted_at)
 WHERE status <> 'open' OR deleted_at IS NOT NULL;

ALTER TABLE tasks.task ADD CHECK ((closed_at IS NULL) = (status = 'open' AND deleted_at IS NULL));
