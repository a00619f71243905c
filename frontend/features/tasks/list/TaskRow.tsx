'use client';

import { IconDots, IconGripVertical } from '@tabler/icons-react';
import type { MouseEvent } from 'react';
import { memo } from 'react';

import { useAct } from '@/features/shell/act';
import { showTask, withQuery } from '@/features/shell/address';
import { useShellStore, useShellState } from '@/features/shell/shell-state';
import { words } from '@/words/en';

import { between, toggled } from '../actions/select';
import { complete, reopen } from '../actions/finish';
import type { Row, TaskList } from '../views/lists';
import { isOpen } from '../views/lists';
import type { Place } from '../views/search';
import { CheckCircle } from './CheckCircle';
import { useHandle } from './dragging';
import { MarkedText } from './MarkedText';
import { RowMenu } from './RowMenu';
import classes from './TaskRow.module.css';
import { TaskFacts } from './TaskFacts';

interface Props {
  readonly row: Row;
  readonly parts: { readonly closed: number; readonly all: number } | undefined;
  readonly places: readonly Place[] | undefined;
  readonly dragging: TaskList['dragging'];
}

/** One task of a list. */
export const TaskRow = memo(function TaskRow({ row: { task, depth }, parts, places, dragging }: Props) {
  const act = useAct();
  const shell = useShellStore();
  const isSelected = useShellState((state) => state.selected.has(task.id));
  const isSelecting = useShellState((state) => state.selected.size > 0);
  const isCursor = useShellState((state) => state.cursor === task.id);
  const { row: rowDrag, handle } = useHandle(task.id);
  const open = isOpen(task);

  const select = (withRange: boolean) => {
    const { selected, cursor, list } = shell.get();
    const range = withRange && cursor !== null ? between(list, cursor, task.id) : null;
    act.screen.select(range === null ? toggled(selected, task.id) : new Set([...selected, ...range]));
    shell.set({ cursor: task.id });
  };
  const follow = (event: MouseEvent) => {
    event.preventDefault();
    if (event.shiftKey || event.metaKey || event.ctrlKey) select(event.shiftKey);
    else showTask(task.id);
  };

  return (
    <div
      ref={rowDrag.ref}
      className={classes.row}
      data-selected={isSelected || undefined}
      data-selecting={isSelecting || undefined}
      data-cursor={isCursor || undefined}
      data-closed={!open || undefined}
      data-drop={rowDrag.drop}
      style={{ paddingLeft: depth * 28 }}
      onFocus={() => shell.get().cursor !== task.id && shell.set({ cursor: task.id })}
    >
      {dragging === null || !open ? (
        <span className={classes.handle} aria-hidden />
      ) : (
        <button type="button" className={classes.handle} aria-label={words.task.dragNamed(task.title)} {...handle}>
          <IconGripVertical size={16} stroke={1.75} aria-hidden />
        </button>
      )}
      <input
        type="checkbox"
        className={classes.select}
        checked={isSelected}
        tabIndex={isSelecting ? 0 : -1}
        aria-label={words.task.selectNamed(task.title)}
        onChange={(event) => select(event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)}
      />
      <CheckCircle task={task} onClick={() => act.run(open ? complete : reopen, [task])} />
      <a
        href={withQuery('task', task.id)}
        className={classes.title}
        data-task={task.id}
        // Else the click of a range would first move the cursor to its own row.
        onMouseDown={(event) => event.shiftKey && event.preventDefault()}
        onClick={follow}
      >
        <MarkedText text={task.title} places={places ?? []} />
      </a>
      <TaskFacts task={task} parts={parts} />
      <RowMenu task={task} icon={IconDots} />
    </div>
  );
});
