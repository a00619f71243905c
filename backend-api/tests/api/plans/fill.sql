-- A hundred users, of whom the first has ten thousand tasks and the others share ninety thousand, and many more without any.

SET session_replication_role = replica;

CREATE FUNCTION pg_temp.id(kind int, u int, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('0000' || kind || '000-0000-7000-8000-' || lpad(to_hex(u * 100000 + n), 12, '0'))::uuid $$;

INSERT INTO tasks.user_state (user_id, position) SELECT 'user ' || u, 20000 FROM generate_series(1, 5000) AS u;

INSERT INTO tasks.task (id, user_id, title, priority, status, tags, project_id, parent_id, due_local, due_zone, due_at,
                        reminders, series_id, ordinal, slot, version, position, created_at, updated_at, completed_at,
                        closed_at, deleted_at, order_key)
SELECT pg_temp.id(1, u, n), 'user ' || u, 'task ' || n, (ARRAY['low', 'normal', 'high', 'critical'])[1 + n % 4], status,
       '{}', CASE WHEN n % 3 > 0 THEN pg_temp.id(2, u, n % 7) END,
       CASE WHEN n % 10 = 1 AND n > 100 THEN pg_temp.id(1, u, n - 1) END,
       CASE WHEN n % 3 > 0 THEN '2030-01-01T00:00:00' END, CASE WHEN n % 3 > 0 THEN 'UTC' END,
       CASE WHEN n % 3 > 0 THEN at + n * interval '1 minute' END,
       '[]', CASE WHEN n % 5 = 0 THEN pg_temp.id(3, u, n % 500) END, CASE WHEN n % 5 = 0 THEN 1 + n / 500 END,
       CASE WHEN n % 5 = 0 THEN '2030-01-01T00:00:00' END, 1, 2 * n, at, at, CASE WHEN status <> 'open' THEN at END,
       CASE WHEN status <> 'open' OR n % 50 = 7 THEN at END, CASE WHEN n % 50 = 7 THEN at END, tasks.order_key_at(at)
  FROM generate_series(1, 100) AS u, generate_series(1, CASE u WHEN 1 THEN 10000 ELSE 909 END) AS n,
       LATERAL (SELECT CASE WHEN n % 10 < 3 THEN 'open' WHEN n % 100 = 99 THEN 'skipped' ELSE 'done' END AS status,
                       timestamptz '2026-01-01' + n * interval '1 second' AS at) AS facts;

INSERT INTO tasks.series (id, user_id, rrule, anchor, missed, dtstart, zone, count_base, revision, alive, last_ordinal,
                          version, position, created_at, updated_at)
SELECT pg_temp.id(3, u, n * 5), 'user ' || u, 'FREQ=DAILY', 'schedule', 'skip', '2030-01-01T00:00:00', 'UTC', 1, 1, true, 2,
       1, 2 * n + 1, now(), now()
  FROM generate_series(1, 100) AS u, generate_series(0, 99) AS n;

INSERT INTO tasks.project (id, user_id, name, archived, order_key, version, position, created_at, updated_at)
SELECT pg_temp.id(2, u, n), 'user ' || u, 'project ' || n, false, tasks.order_key_at(now() + n * interval '1 second'), 1,
       2 * n + 1, now(), now()
  FROM generate_series(1, 100) AS u, generate_series(0, 99) AS n;

INSERT INTO tasks.tag (id, user_id, name, version, position, created_at, updated_at)
SELECT pg_temp.id(4, u, n), 'user ' || u, 'tag ' || n, 1, 2 * n + 1, now(), now()
  FROM generate_series(1, 100) AS u, generate_series(0, 99) AS n;

INSERT INTO tasks.filter (id, user_id, name, filter, order_key, version, position, created_at, updated_at)
SELECT pg_temp.id(6, u, n), 'user ' || u, 'filter ' || n, 'has due', tasks.order_key_at(now() + n * interval '1 second'), 1,
       2 * n + 1, now(), now()
  FROM generate_series(1, 100) AS u, generate_series(0, 99) AS n;

INSERT INTO tasks.settings (user_id, id, first_day_of_week, default_reminders, version, position, created_at, updated_at)
SELECT 'user ' || u, pg_temp.id(5, u, 1), 'monday', '{}', 1, 1, now(), now() FROM generate_series(1, 5000) AS u;

-- What the triggers would have kept.
INSERT INTO tasks.search_term (user_id, term, task_id, weight)
SELECT user_id, word, id, 2 FROM tasks.task, unnest(tasks.search_words(title)) AS word WHERE deleted_at IS NULL;
INSERT INTO tasks.search_name (user_id, term, id, kind)
SELECT user_id, word, id, 'project' FROM tasks.project, unnest(tasks.search_words(name)) AS word
 UNION ALL
SELECT user_id, word, id, 'tag' FROM tasks.tag, unnest(tasks.search_words(name)) AS word;
INSERT INTO tasks.search_word (user_id, term)
SELECT user_id, term FROM tasks.search_term UNION SELECT user_id, term FROM tasks.search_name;

SET session_replication_role = origin;

-- As the triggers would have counted; and what the first user did every hour of two thousand days, of which no task is left.
SELECT tasks.write_stats(NULL);
INSERT INTO tasks.stat_done (user_id, quarter, project_id, count)
SELECT 'user 1', date_bin('15 minutes', now(), 'epoch') - hour * interval '1 hour', pg_temp.id(2, 1, hour % 5), 1
  FROM generate_series(0, 47999) AS hour
    ON CONFLICT DO NOTHING;

ANALYZE tasks.task, tasks.series, tasks.project, tasks.tag, tasks.filter, tasks.settings, tasks.user_state, tasks.search_term, tasks.search_name,
    tasks.search_word, tasks.stat_open, tasks.stat_done;
