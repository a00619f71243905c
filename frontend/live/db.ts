// What a browser keeps of one user: a database of its own, which another user's never is. Every write is one transaction,
// on the disk when it is over.
import { deleteDB, openDB } from 'idb';
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb';

import type { Change } from './change';
import { KINDS, STREAM_OF } from './entity';
import type { Held } from './entity';
import { StorageFull } from './live';
import { NOWHERE } from './positions';
import type { Stream, Streams } from './positions';
import { EMPTY, apply } from './state';
import type { Delta, State } from './state';

interface Schema extends DBSchema {
  /** By `kind/id`. */
  held: { key: string; value: Held };
  changes: { key: string; value: Change };
  aliases: { key: string; value: string };
  streams: { key: 'streams'; value: Streams };
}

const STORES = ['held', 'changes', 'aliases', 'streams'] as const;
const VERSION = 1;

export function databaseOf(userId: string): string {
  return `taskwire.${userId}`;
}

export class Database {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(userId: string): Promise<Database> {
    const db = await openDB<Schema>(databaseOf(userId), VERSION, {
      upgrade(fresh) {
        fresh.createObjectStore('held');
        fresh.createObjectStore('changes', { keyPath: 'id' });
        fresh.createObjectStore('aliases');
        fresh.createObjectStore('streams');
      },
      // Another tab removes or upgrades the database: this one must not stand in its way.
      blocking: (_current, _next, event) => (event.target as IDBDatabase).close(),
    });
    return new Database(db);
  }

  static async remove(userId: string): Promise<void> {
    await deleteDB(databaseOf(userId));
  }

  async load(): Promise<State> {
    const tx = this.db.transaction(STORES, 'readonly');
    const [held, streams] = await Promise.all([
      tx.objectStore('held').getAll(),
      tx.objectStore('streams').get('streams'),
    ]);
    const { queue, aliases } = await kept(tx);
    await tx.done;
    const { confirmed } = apply(EMPTY, { held });
    return { ...EMPTY, confirmed: { ...confirmed, streams: streams ?? NOWHERE }, queue, aliases };
  }

  /**
   * Writes what is made of the changes that are kept by now, whichever tab wrote them. Rejects with `StorageFull`, and
   * has written nothing then.
   */
  async update(make: (kept: Pick<State, 'queue' | 'aliases'>) => Delta): Promise<Delta> {
    const tx = this.db.transaction(STORES, 'readwrite', { durability: 'strict' });
    try {
      const delta = make(await kept(tx));
      await write(tx, delta);
      await tx.done;
      return delta;
    } catch (error) {
      await abandon(tx);
      throw isFull(error) || isFull(tx.error)
        ? new StorageFull('the browser has no room left', { cause: error })
        : error;
    }
  }

  close(): void {
    this.db.close();
  }
}

type Mode = 'readonly' | 'readwrite';
type Transaction<M extends Mode> = IDBPTransaction<Schema, typeof STORES, M>;

async function kept(tx: Transaction<Mode>): Promise<Pick<State, 'queue' | 'aliases'>> {
  const aliases = tx.objectStore('aliases');
  const [changes, from, to] = await Promise.all([
    tx.objectStore('changes').getAll(),
    aliases.getAllKeys(),
    aliases.getAll(),
  ]);
  return {
    queue: changes.sort((a, b) => a.order - b.order),
    aliases: new Map(from.map((id, at) => [id, to[at] ?? id])),
  };
}

async function write(tx: Transaction<'readwrite'>, delta: Delta): Promise<void> {
  const [held, changes] = [tx.objectStore('held'), tx.objectStore('changes')];
  const emptied = (delta.emptied ?? []).flatMap(rangesOf);
  await Promise.all([
    ...emptied.map((range) => held.delete(range)),
    ...(delta.held ?? []).map((one) => held.put(one, `${one.kind}/${one.id}`)),
    ...(delta.changes ?? []).map((change) => changes.put(change)),
    ...(delta.over ?? []).map((id) => changes.delete(id)),
    ...(delta.aliases ?? []).map(([from, to]) => tx.objectStore('aliases').put(to, from)),
    Object.keys(delta.streams ?? {}).length === 0 ? null : writeStreams(tx, delta.streams ?? {}),
  ]);
}

async function writeStreams(tx: Transaction<'readwrite'>, streams: Partial<Streams>): Promise<void> {
  const store = tx.objectStore('streams');
  await store.put({ ...NOWHERE, ...(await store.get('streams')), ...streams }, 'streams');
}

function rangesOf(stream: Stream): IDBKeyRange[] {
  return KINDS.filter((kind) => STREAM_OF[kind] === stream).map((kind) =>
    IDBKeyRange.bound(`${kind}/`, `${kind}/\uffff`),
  );
}

/** Ends a transaction that failed; one that ended by itself says so, which is as good. */
async function abandon(tx: Transaction<'readwrite'>): Promise<void> {
  try {
    tx.abort();
  } catch {
    // It was over.
  }
  await tx.done.catch(() => {});
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}
