// Dragging with the arrow keys goes row by row.
import type { KeyboardCoordinateGetter } from '@dnd-kit/core';

export const rowBelow: KeyboardCoordinateGetter = (event, { context, currentCoordinates }) => {
  const by = event.code === 'ArrowDown' ? 1 : event.code === 'ArrowUp' ? -1 : 0;
  const { collisionRect, droppableRects } = context;
  if (by === 0 || collisionRect === null) return undefined;
  event.preventDefault();
  const tops = [...droppableRects.values()].map(({ top }) => top).sort((a, b) => a - b);
  const next =
    by > 0 ? tops.find((top) => top > collisionRect.top + 1) : tops.findLast((top) => top < collisionRect.top - 1);
  return next === undefined ? undefined : { ...currentCoordinates, y: currentCoordinates.y + next - collisionRect.top };
};
