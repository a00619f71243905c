-- The rules of a task's row, in one function. Postgres reads and plans each CHECK anew for every statement that writes, and
-- seventeen of them were a third of what an INSERT or UPDATE of a task cost; a function is prepared once per connection.
-- As with CHECK, a rule that comes to NULL is kept.
CREATE FUNCTION tasks.keeps_rules(task tasks.task) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog
AS $$
BEGIN
    RETURN task.version > 0
       AND task.position > 0
       AND task.priority IN ('low', 'normal', 'high', 'critical')
       AND task.status IN ('open', 'done', 'skipped')
       AND (task.completed_at IS NULL) = (task.status = 'open')
       AND (task.closed_at IS NULL) = (task.status = 'open' AND task.deleted_at IS NULL)
       AND task.parent_id <> task.id
       AND (task.start_local IS NULL) = (task.start_zone IS NULL)
       AND (task.due_local IS NULL) = (task.due_zone IS NULL)
       AND (task.due_local IS NULL) = (task.due_at IS NULL)
       AND jsonb_typeof(task.reminders) = 'array'
       AND (task.series_id IS NULL) = (task.ordinal IS NULL)
       AND (task.series_id IS NULL) = (task.slot IS NULL)
       AND task.ordinal > 0
       AND num_nulls(task.rrule, task.anchor, task.missed) IN (0, 3)
       AND (task.rrule IS NULL OR task.series_id IS NOT NULL)
       AND task.anchor IN ('schedule', 'completion')
       AND task.missed IN ('skip', 'keep')
       AND task.estimate BETWEEN 1 AND 525600;
END
$$;
REVOKE ALL ON FUNCTION tasks.keeps_rules(tasks.task) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tasks.keeps_rules(tasks.task) TO taskwire_backend_api;

ALTER TABLE tasks.task
    ADD CONSTRAINT task_keeps_rules CHECK (tasks.keeps_rules(task)),
    DROP CONSTRAINT task_version_check,
    DROP CONSTRAINT task_position_check,
    DROP CONSTRAINT task_priority_check,
    DROP CONSTRAINT task_status_check,
    DROP CONSTRAINT task_check1,
    DROP CONSTRAINT task_check5,
    DROP CONSTRAINT task_check,
    DROP CONSTRAINT task_check2,
    DROP CONSTRAINT task_check3,
    DROP CONSTRAINT task_reminders_check,
    DROP CONSTRAINT task_check4,
    DROP CONSTRAINT task_ordinal_check,
    DROP CONSTRAINT task_check6,
    DROP CONSTRAINT task_anchor_check,
    DROP CONSTRAINT task_missed_check,
    DROP CONSTRAINT task_estimate_check;
