-- When a task starts in universal time, as due_at says when it is due: filters compare it with times of other zones.
--
-- Derived by the service from local wall time and zone, by its own tz database. Expand only: a replica of the version before
-- leaves it out of what it writes, until the next change of the task.

ALTER TABLE tasks.task ADD COLUMN start_at timestamptz;

-- A zone that this server does not know is taken for universal time, also until the next change.
CREATE FUNCTION pg_temp.start_at(wall text, zone text) RETURNS timestamptz LANGUAGE plpgsql AS
$$
BEGIN
    RETURN wall::timestamp AT TIME ZONE zone;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN wall::timestamp AT TIME ZONE 'UTC';
END
$$;
UPDATE tasks.task SET start_at = pg_temp.start_at(start_local, start_zone) WHERE start_local IS NOT NULL;
DROP FUNCTION pg_temp.start_at(text, text);
