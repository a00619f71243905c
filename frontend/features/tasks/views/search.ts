// What is found without the server: every word begins a word of the title, the description or a name, whatever the case and
// the accents. The server also forgives typing errors.
import type { LiveTask, Snapshot } from '@/live/live';

/** A part of a text, in characters (code points) as the server counts them. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

export function searchHere(snapshot: Snapshot, words: string): readonly string[] {
  const wanted = wordsOf(words);
  if (wanted.length === 0) return [];
  const titleFirst = (task: LiveTask) => (hasAll(wordsOf(task.title), wanted) ? 0 : 1);
  return [...snapshot.tasks.values()]
    .filter((task) => hasAll(wordsOf(textOf(task, snapshot)), wanted))
    .sort((a, b) => titleFirst(a) - titleFirst(b) || (a.created_at < b.created_at ? 1 : -1))
    .map((task) => task.id);
}

/** The text in pieces, those that were found marked. */
export function highlight(text: string, places: readonly Place[]): Piece[] {
  const characters = Array.from(text);
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end } of [...places].sort((a, b) => a.start - b.start)) {
    if (start < at || end > characters.length) continue;
    if (start > at) pieces.push({ text: characters.slice(at, start).join(''), marked: false });
    pieces.push({ text: characters.slice(start, end).join(''), marked: true });
    at = end;
  }
  if (at < characters.length) pieces.push({ text: characters.slice(at).join(''), marked: false });
  return pieces;
}

/** Where words of the text begin like one of those that were searched for. */
export function placesOf(text: string, words: string): Place[] {
  const wanted = wordsOf(words);
  const places: Place[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const length = wanted
      .filter((word) => plain(match[0]).startsWith(word))
      .reduce((most, word) => Math.max(most, Array.from(word).length), 0);
    const start = Array.from(text.slice(0, match.index)).length;
    if (length > 0) places.push({ start, end: start + Math.min(length, Array.from(match[0]).length) });
  }
  return places;
}

function textOf(task: LiveTask, { tags, projects }: Snapshot): string {
  const names = task.tags.map((id) => tags.get(id)?.name);
  const project = task.project_id == null ? undefined : projects.get(task.project_id)?.name;
  return [task.title, task.description, project, ...names].join(' ');
}

function hasAll(words: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((begin) => words.some((word) => word.startsWith(begin)));
}

function wordsOf(text: string): string[] {
  return plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss');
}
