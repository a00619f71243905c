-- How much work a task is thought to be, in whole minutes: at most a year.

ALTER TABLE tasks.task ADD COLUMN estimate integer CHECK (estimate BETWEEN 1 AND 525600);
