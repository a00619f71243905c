-- A reminder fires once for each time it is to fire at. The version was the key before, but versions recur after a
-- restore: a reminder set anew at a version that had fired would never fire, and one announced again under another
-- version (its title changed) would fire twice for one time.

-- Where the old key let a reminder fire twice for one time, both entries stay, and the later is kept apart by a
-- microsecond.
UPDATE notification.inbox AS again
   SET fire_at = again.fire_at - make_interval(secs => 0.000001 * repeated.times)
  FROM (SELECT notification_id,
               row_number() OVER (PARTITION BY reminder_id, fire_at ORDER BY created_position) - 1 AS times
          FROM notification.inbox) AS repeated
 WHERE repeated.notification_id = again.notification_id AND repeated.times > 0;

ALTER TABLE notification.inbox DROP CONSTRAINT inbox_reminder_id_reminder_version_key;
ALTER TABLE notification.inbox ADD CONSTRAINT inbox_fires_once UNIQUE (reminder_id, fire_at);
