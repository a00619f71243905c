// Where something is shown that was moved, until the server says its key. Keys are hexadecimal digits, compared byte by
// byte; the server's end with 80.
import type { Place } from './live';

/** A key right beside the one of a neighbour, among all keys by id; null when there is no such neighbour. */
export function keyBeside(keys: ReadonlyMap<string, string>, place: Place): string | null {
  const neighbour = keys.get('after' in place ? place.after : place.before);
  if (neighbour === undefined) {
    return null;
  }
  if ('after' in place) {
    return justAfter(neighbour);
  }
  const highest = [...keys.values()].reduce((high, key) => (key < neighbour && key > high ? key : high), '');
  return between(highest, neighbour);
}

/** The key of something that comes to be now, as the server makes it: behind all that was not moved. */
export function keyAt(at: number): string {
  return (at * 1000).toString(16).toUpperCase().padStart(14, '0') + '000000000080';
}

/** What no key of the server's is likely to lie before. */
function justAfter(key: string): string {
  return `${key}00`;
}

function between(lower: string, upper: string): string {
  const after = justAfter(lower);
  return after < upper ? after : upper.slice(0, -1);
}
