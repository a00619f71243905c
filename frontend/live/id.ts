// Ids made here.
import type { Ports } from './ports';

/** A UUID of version 7: milliseconds, then chance. */
export function newId({ now, bytes }: Pick<Ports, 'now' | 'bytes'>): string {
  const time = now().toString(16).padStart(12, '0');
  const random = [...bytes(10)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = (8 + (parseInt(random.slice(3, 4), 16) % 4)).toString(16);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${random.slice(0, 3)}`,
    variant + random.slice(4, 7),
    random.slice(8),
  ].join('-');
}
