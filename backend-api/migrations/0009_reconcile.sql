-- What `taskctl reconcile` compares the topics and the other services' tables with. The role comes from schema outbox.
GRANT USAGE ON SCHEMA tasks TO taskwire_reconciler;
GRANT SELECT ON tasks.user_state, tasks.series, tasks.task, tasks.tag, tasks.reminder TO taskwire_reconciler;
