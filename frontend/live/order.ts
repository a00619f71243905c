// Where something is shown that was moved, until the server says its key. Keys are hexadecimal digits, compared byte by
// byte; the server's end with 80.
import type { HeldOf } from './entity';
import type { Place } from './live';

/** A key right beside the one of a neighbour; null when there is no such neighbour. */
export function keyBeside(tasks: ReadonlyMap<string, HeldOf<'task'>>, place: Place): string | null {
  const isAfter = 'after' in place;
  const neighbour = tasks.get(isAfter ? place.after : place.before)?.body?.order_key;
  if (neighbour === undefined) {
    return null;
  }
  if (isAfter) {
    return justAfter(neighbour);
  }
  const before = [...tasks.values()].reduce((highest, { body, deleted }) => {
    const key = body?.order_key ?? '';
    return !deleted && key < neighbour && key > highest ? key : highest;
  }, '');
  return between(before, neighbour);
}

/** The lowest text behind a key that no key of the server's is likely to be below. */
function justAfter(key: string): string {
  return `${key}00`;
}

/** What follows the lower key and comes before the upper one. */
function between(lower: string, upper: string): string {
  const after = justAfter(lower);
  return after < upper ? after : upper.slice(0, -1);
}
