// Conflicts in words: a change can be in conflict in several fields, and is decided as a whole.
import { momentText } from '@/features/tasks/time/text';
import type { Clock } from '@/time/zone';
import type { Conflict, Snapshot } from '@/live/live';
import { words } from '@/words/en';

export interface Decision {
  readonly changeId: string;
  readonly taskId: string;
  readonly fields: readonly Conflict[];
}

export function conflictsByChange(conflicts: readonly Conflict[]): readonly Decision[] {
  const ids = [...new Set(conflicts.map(({ changeId }) => changeId))];
  return ids.map((changeId) => {
    const fields = conflicts.filter((conflict) => conflict.changeId === changeId);
    return { changeId, taskId: fields[0]?.taskId ?? '', fields };
  });
}

export function fieldText(field: string): string {
  const names: Readonly<Record<string, string>> = {
    ...words.task.fields,
    project_id: words.task.fields.project,
    parent_id: words.task.fields.parent,
  };
  return names[field] ?? field;
}

/** A value of any field, as people read it. */
export function valueText(field: string, value: unknown, snapshot: Snapshot, clock: Clock): string {
  const { empty, gone } = words.live.changes;
  if (value === null || value === undefined || value === '') return empty;
  if (field === 'project_id') return snapshot.projects.get(textOf(value))?.name ?? gone;
  if (field === 'parent_id') return snapshot.tasks.get(textOf(value))?.title ?? gone;
  if (field === 'tags' && Array.isArray(value)) {
    return value.map((id) => snapshot.tags.get(textOf(id))?.name ?? textOf(id)).join(', ') || empty;
  }
  if ((field === 'due' || field === 'start') && isMoment(value)) return momentText(value, clock);
  return textOf(value);
}

function isMoment(value: unknown): value is { timezone: string; date?: string; datetime?: string } {
  if (typeof value !== 'object' || value === null || !('timezone' in value)) return false;
  const hasTime = 'datetime' in value && typeof value.datetime === 'string';
  return typeof value.timezone === 'string' && (hasTime || ('date' in value && typeof value.date === 'string'));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
