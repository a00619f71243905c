'use client';

import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';

import { useShellStore, useShellState } from '@/features/shell/shell-state';
import { useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import type { TaskList } from '../views/lists';
import { partsOf } from '../views/lists';
import type { Place } from '../views/search';
import { useDragging } from './dragging';
import { GroupHeading } from './GroupHeading';
import { cursorAfter, itemsOf } from './items';
import { TaskRow } from './TaskRow';
import classes from './VirtualList.module.css';

const ROW_PX = 48;
const HEADING_PX = 46;
const OVERSCAN = 12;

/** Only the rows that are seen are in the page, whether there are ten or ten thousand. */
export function VirtualList({
  list,
  label,
  marks,
}: {
  list: TaskList;
  label: string;
  marks?: ReadonlyMap<string, readonly Place[]>;
}) {
  const shell = useShellStore();
  const { tasks } = useSnapshot();
  const cursor = useShellState((state) => state.cursor);
  const moves = useShellState((state) => state.moves);
  const scroller = useRef<HTMLDivElement>(null);
  const items = useMemo(() => itemsOf(list), [list]);
  const parts = useMemo(() => partsOf(tasks), [tasks]);
  const cursorAt = items.findIndex(({ row }) => row.task.id === cursor);
  const { Area, loadDragging } = useDragging(list.dragging !== null);

  // It answers functions that must not be kept by the compiler, and there is none here.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => ROW_PX + (items[index]?.heading == null ? 0 : HEADING_PX),
    getItemKey: (index) => items[index]?.row.task.id ?? index,
    overscan: OVERSCAN,
    paddingEnd: 96,
    // The row that has the focus stays, else the focus would be lost when it is scrolled away.
    rangeExtractor: (range) => withIndex(defaultRangeExtractor(range), cursorAt),
  });

  useEffect(() => {
    const { cursor: wanted } = shell.get();
    const index = items.findIndex(({ row }) => row.task.id === wanted);
    if (moves === 0 || index < 0) return;
    virtual.scrollToIndex(index);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-task="${wanted ?? ''}"]`)?.focus());
    // Only a wish to move moves the focus: not a list that changes meanwhile.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [moves]);

  useCursorThatStays(items, cursorAt);

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      onPointerEnter={loadDragging}
      onTouchStart={loadDragging}
      onFocus={loadDragging}
    >
      <Area list={list}>
        <ul
          className={classes.list}
          aria-label={`${words.views.list}: ${label}`}
          style={{ height: virtual.getTotalSize() }}
        >
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const item = items[index];
            if (item === undefined) return null;
            return (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className={classes.item}
                aria-setsize={items.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${start}px)` }}
              >
                {item.heading === null ? null : <GroupHeading heading={item.heading} count={item.group.rows.length} />}
                <TaskRow
                  row={item.row}
                  parts={parts.get(item.row.task.id)}
                  places={marks?.get(item.row.task.id)}
                  dragging={list.dragging}
                />
              </li>
            );
          })}
        </ul>
      </Area>
    </div>
  );
}

function withIndex(indexes: number[], index: number): number[] {
  return index < 0 || indexes.includes(index) ? indexes : [...indexes, index].sort((a, b) => a - b);
}

/** When the row under the cursor goes, as when it is completed, the cursor goes on to its neighbour. */
function useCursorThatStays(items: ReturnType<typeof itemsOf>, cursorAt: number): void {
  const shell = useShellStore();
  const lastAt = useRef(-1);
  useEffect(() => {
    const { cursor, moves } = shell.get();
    if (cursorAt >= 0) {
      lastAt.current = cursorAt;
    } else if (cursor !== null && lastAt.current >= 0) {
      const isFocusLost = document.activeElement === document.body;
      shell.set({ cursor: cursorAfter(items, lastAt.current), moves: isFocusLost ? moves + 1 : moves });
    }
  }, [shell, items, cursorAt]);
}
