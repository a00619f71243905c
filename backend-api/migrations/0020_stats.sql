-- The figures of a dashboard, kept by the transaction that changes a task: docs/adr/0033-stats.md.
--
-- Expand only: replicas of the version before keep them too, since a trigger does. All writes of tasks wait while this counts
-- the rows that there are.

-- How many open tasks of a user and a project are due in a day of UTC. Where there are none, there is no row.
CREATE TABLE tasks.stat_open (
    user_id    text      NOT NULL,
    -- Infinity: not due.
    day        date      NOT NULL,
    -- Nil: of no project.
    project_id uuid      NOT NULL,
    count      bigint    NOT NULL CHECK (count > 0),
    -- The same by quarter of an hour, 0 to 95, from the first to the last that ever had any; 0 alone where nothing is due.
    quarters   integer[] NOT NULL,
    PRIMARY KEY (user_id, day, project_id)
);

-- How many tasks of a user and a project were completed in a quarter of an hour. Where there are none, there is no row.
CREATE TABLE tasks.stat_done (
    user_id    text        NOT NULL,
    -- When the quarter began.
    quarter    timestamptz NOT NULL,
    -- Nil: of no project.
    project_id uuid        NOT NULL,
    count      bigint      NOT NULL CHECK (count > 0),
    PRIMARY KEY (user_id, quarter, project_id)
);

-- As of user_state: few rows that change often.
ALTER TABLE tasks.stat_open SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

ALTER TABLE tasks.stat_open ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.stat_open FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.stat_open USING (user_id = (SELECT outbox.caller()));
ALTER TABLE tasks.stat_done ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.stat_done FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tasks.stat_done USING (user_id = (SELECT outbox.caller()));
-- Nobody but the triggers writes.
GRANT SELECT ON tasks.stat_open, tasks.stat_done TO taskwire_backend_api, taskwire_reconciler;

-- When a task is due, as it is counted, on the clocks of UTC: what is due a whole day is due before the midnight that ends it.
CREATE FUNCTION tasks.due_as_counted(due_at timestamptz, due_local text) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (due_at AT TIME ZONE 'UTC') - CASE WHEN length(due_local) = 10 THEN interval '1 microsecond' ELSE interval '0' END;

CREATE FUNCTION tasks.quarter_of_day(at timestamp) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (date_part('hour', at) * 4 + floor(date_part('minute', at) / 15))::integer;

-- What the rows of tasks come to: of open ones by the quarter in which they are due. A task that was done stays done when it is
-- deleted, until its user's account is.
CREATE VIEW tasks.stat_of_rows AS
    SELECT user_id, 'open' AS kind, coalesce(due::date, 'infinity') AS day, coalesce(tasks.quarter_of_day(due), 0) AS quarter,
           project_id, count(*) AS count
      FROM (SELECT user_id, tasks.due_as_counted(due_at, due_local) AS due,
                   coalesce(project_id, '00000000-0000-0000-0000-000000000000') AS project_id
              FROM tasks.task WHERE status = 'open' AND deleted_at IS NULL) AS task
     GROUP BY 1, 2, 3, 4, 5
     UNION ALL
    SELECT user_id, 'done', completed::date, tasks.quarter_of_day(completed), project_id, count(*)
      FROM (SELECT task.user_id, task.completed_at AT TIME ZONE 'UTC' AS completed,
                   coalesce(task.project_id, '00000000-0000-0000-0000-000000000000') AS project_id
              FROM tasks.task JOIN tasks.user_state AS state USING (user_id)
             WHERE task.status = 'done' AND (task.deleted_at <= state.erased_at) IS NOT TRUE) AS task
     GROUP BY 1, 2, 3, 4, 5;

-- The same from what is kept.
CREATE VIEW tasks.stat_as_kept AS
    SELECT user_id, 'open' AS kind, day, quarter, project_id, quarters[quarter]::bigint AS count
      FROM tasks.stat_open CROSS JOIN LATERAL generate_subscripts(quarters, 1) AS quarter
     WHERE quarters[quarter] > 0
     UNION ALL
    SELECT user_id, 'done', (quarter AT TIME ZONE 'UTC')::date, tasks.quarter_of_day(quarter AT TIME ZONE 'UTC'), project_id, count
      FROM tasks.stat_done;
GRANT SELECT ON tasks.stat_of_rows, tasks.stat_as_kept TO taskwire_reconciler;

-- Whether what was deleted then went with its user's account.
CREATE FUNCTION tasks.is_erased(owner text, deleted_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM tasks.user_state AS state WHERE state.user_id = owner AND state.erased_at >= is_erased.deleted_at);
END
$$;

-- One open task more, and one less. Where a task is to be taken out that was not counted, the figures and the rows differ, and
-- the change fails rather than hide it.
CREATE FUNCTION tasks.count_open(owner text, project uuid, due timestamp) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    slot integer := coalesce(tasks.quarter_of_day(due), 0);
BEGIN
    INSERT INTO tasks.stat_open AS stat (user_id, day, project_id, count, quarters)
    VALUES (owner, coalesce(due::date, 'infinity'), coalesce(project, '00000000-0000-0000-0000-000000000000'), 1,
            array_fill(1, ARRAY[1], ARRAY[slot]))
        ON CONFLICT (user_id, day, project_id) DO UPDATE
       SET count = stat.count + 1, quarters[slot] = coalesce(stat.quarters[slot], 0) + 1;
END
$$;

CREATE FUNCTION tasks.discount_open(owner text, project uuid, due timestamp) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    slot integer := coalesce(tasks.quarter_of_day(due), 0);
    of_day date := coalesce(due::date, 'infinity');
    of_project uuid := coalesce(project, '00000000-0000-0000-0000-000000000000');
BEGIN
    UPDATE tasks.stat_open AS stat SET count = stat.count - 1, quarters[slot] = stat.quarters[slot] - 1
     WHERE stat.user_id = owner AND stat.day = of_day AND stat.project_id = of_project
       AND stat.count > 1 AND stat.quarters[slot] > 0;
    IF NOT FOUND THEN
        DELETE FROM tasks.stat_open AS stat
         WHERE stat.user_id = owner AND stat.day = of_day AND stat.project_id = of_project
           AND stat.count = 1 AND stat.quarters[slot] = 1;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no open task is counted on %, quarter %', of_day, slot
            USING ERRCODE = 'check_violation', HINT = 'tasks.recount counts the rows of a user anew.';
    END IF;
END
$$;

-- The same of tasks that were done.
CREATE FUNCTION tasks.count_done(owner text, project uuid, completed_at timestamptz) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO tasks.stat_done AS stat (user_id, quarter, project_id, count)
    VALUES (owner, date_bin('15 minutes', completed_at, 'epoch'), coalesce(project, '00000000-0000-0000-0000-000000000000'), 1)
        ON CONFLICT (user_id, quarter, project_id) DO UPDATE SET count = stat.count + 1;
END
$$;

CREATE FUNCTION tasks.discount_done(owner text, project uuid, completed_at timestamptz) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    of_quarter timestamptz := date_bin('15 minutes', completed_at, 'epoch');
    of_project uuid := coalesce(project, '00000000-0000-0000-0000-000000000000');
BEGIN
    UPDATE tasks.stat_done AS stat SET count = stat.count - 1
     WHERE stat.user_id = owner AND stat.quarter = of_quarter AND stat.project_id = of_project AND stat.count > 1;
    IF NOT FOUND THEN
        DELETE FROM tasks.stat_done AS stat
         WHERE stat.user_id = owner AND stat.quarter = of_quarter AND stat.project_id = of_project AND stat.count = 1;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no done task is counted at %', of_quarter
            USING ERRCODE = 'check_violation', HINT = 'tasks.recount counts the rows of a user anew.';
    END IF;
END
$$;

-- These keep the figures. With their owner's rights, as the service may not write them; whose row it is was checked by the policy.
-- One for each way to write, without conditions of the trigger: Postgres plans those anew for each statement.
CREATE FUNCTION tasks.count_new_task() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
BEGIN
    IF NEW.status = 'open' AND NEW.deleted_at IS NULL THEN
        PERFORM tasks.count_open(NEW.user_id, NEW.project_id, tasks.due_as_counted(NEW.due_at, NEW.due_local));
    ELSIF NEW.status = 'done' THEN
        PERFORM tasks.count_done(NEW.user_id, NEW.project_id, NEW.completed_at);
    END IF;
    RETURN NULL;
END
$$;

-- What went with its user's account is not counted any more, and stays deleted.
CREATE FUNCTION tasks.count_task_anew() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    was_open boolean := OLD.status = 'open' AND OLD.deleted_at IS NULL;
    is_open boolean := NEW.status = 'open' AND NEW.deleted_at IS NULL;
BEGIN
    IF OLD.status = NEW.status AND was_open = is_open
       AND OLD.project_id IS NOT DISTINCT FROM NEW.project_id AND OLD.completed_at IS NOT DISTINCT FROM NEW.completed_at
       AND OLD.due_at IS NOT DISTINCT FROM NEW.due_at AND OLD.due_local IS NOT DISTINCT FROM NEW.due_local THEN
        RETURN NULL;
    END IF;
    IF was_open THEN
        PERFORM tasks.discount_open(OLD.user_id, OLD.project_id, tasks.due_as_counted(OLD.due_at, OLD.due_local));
    END IF;
    IF is_open THEN
        PERFORM tasks.count_open(NEW.user_id, NEW.project_id, tasks.due_as_counted(NEW.due_at, NEW.due_local));
    END IF;
    IF OLD.status <> 'done' AND NEW.status <> 'done' THEN
        RETURN NULL;
    END IF;
    IF OLD.deleted_at IS NOT NULL AND tasks.is_erased(OLD.user_id, OLD.deleted_at) THEN
        RETURN NULL;
    END IF;
    IF OLD.status = 'done' THEN
        PERFORM tasks.discount_done(OLD.user_id, OLD.project_id, OLD.completed_at);
    END IF;
    IF NEW.status = 'done' THEN
        PERFORM tasks.count_done(NEW.user_id, NEW.project_id, NEW.completed_at);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION tasks.discount_task() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
BEGIN
    IF OLD.status = 'open' THEN
        PERFORM tasks.discount_open(OLD.user_id, OLD.project_id, tasks.due_as_counted(OLD.due_at, OLD.due_local));
    ELSIF OLD.status = 'done' THEN
        PERFORM tasks.discount_done(OLD.user_id, OLD.project_id, OLD.completed_at);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER task_is_counted AFTER INSERT ON tasks.task
    FOR EACH ROW EXECUTE FUNCTION tasks.count_new_task();
CREATE TRIGGER task_is_counted_anew AFTER UPDATE OF status, due_at, due_local, completed_at, project_id, deleted_at ON tasks.task
    FOR EACH ROW EXECUTE FUNCTION tasks.count_task_anew();
-- A tombstone that is tidied away was done all the same.
CREATE TRIGGER task_is_no_longer_counted AFTER DELETE ON tasks.task
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL) EXECUTE FUNCTION tasks.discount_task();

-- With an account go its figures. What another transaction created while this one waited for the user's lock is not deleted,
-- and then the account is not erased.
CREATE FUNCTION tasks.forget_stats() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
BEGIN
    IF EXISTS (SELECT FROM tasks.task WHERE user_id = NEW.user_id AND deleted_at IS NULL) THEN
        RAISE EXCEPTION 'something of the account is not deleted' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    DELETE FROM tasks.stat_open WHERE user_id = NEW.user_id;
    DELETE FROM tasks.stat_done WHERE user_id = NEW.user_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER stats_go_with_their_account AFTER UPDATE OF erased_at ON tasks.user_state
    FOR EACH ROW WHEN (NEW.erased_at IS DISTINCT FROM OLD.erased_at) EXECUTE FUNCTION tasks.forget_stats();

-- Writes what the rows of a user come to, or those of all users.
CREATE FUNCTION tasks.write_stats(owner text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    INSERT INTO tasks.stat_open (user_id, day, project_id, count, quarters)
    SELECT stat.user_id, stat.day, stat.project_id, sum(stat.count),
           (SELECT format('[%s:%s]=%s', min(quarter), max(quarter), array_agg(counted.of_quarter ORDER BY quarter))::integer[]
              FROM generate_series(min(stat.quarter), max(stat.quarter)) AS quarter
              LEFT JOIN unnest(array_agg(stat.quarter), array_agg(stat.count)) AS counted (in_quarter, of_quarter)
                ON counted.in_quarter = quarter)
      FROM tasks.stat_of_rows AS stat
     WHERE stat.kind = 'open' AND (owner IS NULL OR stat.user_id = owner)
     GROUP BY stat.user_id, stat.day, stat.project_id;
    INSERT INTO tasks.stat_done (user_id, quarter, project_id, count)
    SELECT user_id, (day + quarter * interval '15 minutes') AT TIME ZONE 'UTC', project_id, count
      FROM tasks.stat_of_rows
     WHERE kind = 'done' AND (owner IS NULL OR user_id = owner);
END
$$;

-- Counts the rows of a user anew, for an operator.
CREATE FUNCTION tasks.recount(owner text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    PERFORM FROM tasks.user_state WHERE user_id = owner FOR UPDATE;
    DELETE FROM tasks.stat_open WHERE user_id = owner;
    DELETE FROM tasks.stat_done WHERE user_id = owner;
    PERFORM tasks.write_stats(owner);
END
$$;

REVOKE ALL ON FUNCTION tasks.is_erased(text, timestamptz), tasks.count_open(text, uuid, timestamp),
                       tasks.discount_open(text, uuid, timestamp), tasks.count_done(text, uuid, timestamptz),
                       tasks.discount_done(text, uuid, timestamptz), tasks.count_new_task(), tasks.count_task_anew(),
                       tasks.discount_task(), tasks.forget_stats(), tasks.write_stats(text), tasks.recount(text) FROM PUBLIC;

SELECT tasks.write_stats(NULL);
