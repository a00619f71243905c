import { IconArrowRightDashed, IconCheck } from '@tabler/icons-react';

import type { LiveTask } from '@/live/live';
import { words } from '@/words/en';

import { isOpen } from '../views/lists';
import classes from './CheckCircle.module.css';

/** Completes a task, or reopens it. Its colour is the priority, which words say elsewhere. */
export function CheckCircle({ task, onClick }: { task: LiveTask; onClick: () => void }) {
  const open = isOpen(task);
  const Picture = task.status === 'skipped' ? IconArrowRightDashed : IconCheck;
  return (
    <button
      type="button"
      className={classes.check}
      data-priority={task.priority}
      data-closed={!open || undefined}
      aria-label={open ? words.task.completeNamed(task.title) : words.task.reopenNamed(task.title)}
      onClick={onClick}
    >
      <span className={classes.circle}>
        <Picture size={14} stroke={2.5} aria-hidden />
      </span>
    </button>
  );
}
