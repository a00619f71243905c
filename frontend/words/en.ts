// All words that people read, in one place. What depends on a number or a name is a function.
import { actions } from './en/actions';
import { live } from './en/live';
import { recurrence } from './en/recurrence';
import { shell } from './en/shell';
import { task } from './en/task';
import { views } from './en/views';

export const words = { actions, live, recurrence, shell, task, views } as const;
