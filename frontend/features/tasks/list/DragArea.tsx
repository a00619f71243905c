'use client';

import type { Announcements, DragEndEvent } from '@dnd-kit/core';
import {
  closestCenter,
  DndContext,
  DragOverlay,
  KeyboardSensor,
  MouseSensor,
  TouchSensor,
  useDndContext,
  useDraggable,
  useDroppable,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import type { ReactNode } from 'react';
import { createContext, useContext, useState } from 'react';

import { useAct } from '@/features/shell/act';
import { words } from '@/words/en';

import { makeDue } from '../actions/edit';
import type { TaskList } from '../views/lists';
import { rowsOf } from '../views/lists';
import { dropOf, sideOf } from '../views/drop';
import classes from './DragArea.module.css';
import { rowBelow } from './drag-keys';
import type { Handle } from './dragging';
import { HandleProvider } from './dragging';

const ListContext = createContext<TaskList | null>(null);

/** A list whose rows can be dragged by their handles, with the mouse, a finger or the keyboard. */
export function DragArea({ list, children }: { list: TaskList; children: ReactNode }) {
  const act = useAct();
  const [draggedId, setDraggedId] = useState<string | null>(null);
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 4 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 150, tolerance: 8 } }),
    useSensor(KeyboardSensor, { coordinateGetter: rowBelow }),
  );
  const titleOf = (id: unknown) => rowsOf(list).find(({ task }) => task.id === id)?.task.title ?? '';

  const drop = ({ active, over }: DragEndEvent) => {
    setDraggedId(null);
    const [id, overId] = [String(active.id), over === null ? null : String(over.id)];
    const meant = overId === null ? null : dropOf(list, id, overId);
    const context = act.contextOf();
    const task = context.snapshot.tasks.get(id);
    if (meant === null || task === undefined) return;
    void act.keep(async () => {
      if (meant.kind === 'day') return makeDue(context, [task], meant.day);
      if ((task.parent_id ?? null) !== meant.parentId) await context.live.editTask(id, { parent_id: meant.parentId });
      await context.live.moveTask(id, meant.place);
    });
  };

  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      accessibility={{
        announcements: announcementsOf(titleOf),
        screenReaderInstructions: { draggable: words.actions.dragging.hint },
      }}
      onDragStart={({ active }) => setDraggedId(String(active.id))}
      onDragEnd={drop}
      onDragCancel={() => setDraggedId(null)}
    >
      <ListContext value={list}>
        <HandleProvider value={useDragHandle}>{children}</HandleProvider>
      </ListContext>
      <DragOverlay dropAnimation={null}>
        {draggedId === null ? null : <div className={classes.dragged}>{titleOf(draggedId)}</div>}
      </DragOverlay>
    </DndContext>
  );
}

function useDragHandle(id: string): Handle {
  const list = useContext(ListContext);
  const { active, over } = useDndContext();
  const { setNodeRef } = useDroppable({ id });
  const { setActivatorNodeRef, setNodeRef: setDragged, attributes, listeners } = useDraggable({ id });
  const isOver = active !== null && over?.id === id && list !== null && dropOf(list, String(active.id), id) !== null;
  return {
    row: {
      ref: (element) => {
        setNodeRef(element);
        setDragged(element);
      },
      drop: isOver ? sideOf(list, String(active.id), id) : undefined,
    },
    handle: {
      ref: setActivatorNodeRef,
      'aria-describedby': attributes['aria-describedby'],
      ...listeners,
    },
  };
}

function announcementsOf(titleOf: (id: unknown) => string): Announcements {
  const { dragging } = words.actions;
  return {
    onDragStart: ({ active }) => dragging.start(titleOf(active.id)),
    onDragOver: ({ over }) => (over === null ? undefined : dragging.over(titleOf(over.id))),
    onDragEnd: () => dragging.end,
    onDragCancel: () => dragging.cancel,
  };
}
