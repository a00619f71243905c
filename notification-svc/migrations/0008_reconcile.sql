-- What `taskctl reconcile` compares: reminders with the schedule, notifications with their events. The role comes from
-- schema outbox. Endpoints and their secrets stay hidden from it.
GRANT USAGE ON SCHEMA notification TO taskwire_reconciler;
GRANT SELECT ON notification.schedule, notification.user_state, notification.inbox TO taskwire_reconciler;
