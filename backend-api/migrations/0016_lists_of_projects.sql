-- A list of a project's tasks reads a page of each status, in the usual order; in another order, that project's tasks of the
-- statuses that are listed. A list by the last change had no index that begins with the status.

DROP INDEX tasks.task_of_project;
CREATE INDEX task_of_project ON tasks.task (user_id, project_id, status, due_soonest, urgency, id)
    WHERE project_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX task_by_change ON tasks.task (user_id, status, position, id) WHERE deleted_at IS NULL;
