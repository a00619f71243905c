// A list as the rows of the screen: the first row of a group has its heading.
import type { Group, Heading, Row, TaskList } from '../views/lists';

export interface Item {
  readonly row: Row;
  readonly group: Group;
  /** Above the row; none but above the first of a group. */
  readonly heading: Heading | null;
}

export function itemsOf(list: TaskList): readonly Item[] {
  return list.groups.flatMap((group) =>
    group.rows.map((row, index) => ({ row, group, heading: index === 0 ? group.heading : null })),
  );
}

/** Where the cursor goes when its row is gone: what came after it, else what is last. */
export function cursorAfter(items: readonly Item[], index: number): string | null {
  return (items[Math.min(index, items.length - 1)] ?? items.at(-1))?.row.task.id ?? null;
}
