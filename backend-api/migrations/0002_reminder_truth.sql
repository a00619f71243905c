-- What notification-svc asks in the transaction that claims a due reminder: not only whether it still holds, but when
-- it is to fire and what it says. Its own schedule is a copy that arrives by the broker and may be behind, or, after a
-- restore, ahead: versions are given out again, so an equal or lower one proves nothing. The content decides.
--
-- A view with its owner's rights, since a claim is about the reminders of all users and notification-svc may read
-- neither table. It shows what a notification is made of and nothing more: no user, no task id, no description. It is
-- read by reminder id, of which notification-svc has only those that were announced to it.
--
-- The state comes from the task too. A task that is done, skipped or deleted cancels its reminders in the same
-- transaction, so the two agree; should a writer ever forget to, no reminder fires of what is closed. The join is by
-- primary key.
CREATE OR REPLACE VIEW tasks.reminder_truth AS
    SELECT reminder.id AS reminder_id,
           reminder.version,
           CASE WHEN task.status = 'open' AND task.deleted_at IS NULL THEN reminder.state ELSE 'cancelled' END AS state,
           reminder.fire_at,
           task.title,
           task.due_at
      FROM tasks.reminder
      JOIN tasks.task ON task.id = reminder.task_id;

-- Replacing a view keeps its grants; said again so that this file can be read alone.
GRANT SELECT ON tasks.reminder_truth TO taskwire_notification_svc;
