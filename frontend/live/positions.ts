// Where a stream of changes has come to. Order is (epoch, position): an epoch is one life of the server's database, and a
// position without its epoch says nothing.

export const STREAMS = ['tasks', 'notifications'] as const;
export type Stream = (typeof STREAMS)[number];

export interface At {
  readonly epoch: number;
  readonly position: number;
}

/** What has been applied of each stream; null while there is nothing. */
export type Streams = Readonly<Record<Stream, At | null>>;

export const NOWHERE: Streams = { tasks: null, notifications: null };

/** Negative when `a` comes first. */
export function compare(a: At, b: At): number {
  return a.epoch - b.epoch || a.position - b.position;
}

/** What an event is to those who have applied everything up to `known`. */
export type Step = 'known' | 'next' | 'gap';

/** Positions rise by 1 within an epoch. What comes between two epochs can only be fetched. */
export function stepTo(known: At | null, event: At): Step {
  if (known === null || event.epoch > known.epoch) {
    return 'gap';
  }
  if (compare(event, known) <= 0) {
    return 'known';
  }
  return event.position === known.position + 1 ? 'next' : 'gap';
}

/** How REST takes a position: `since=1.17`. */
export function tokenOf(at: At): string {
  return `${at.epoch}.${at.position}`;
}

export interface Since {
  readonly epoch: number;
  readonly tasks?: number;
  readonly notifications?: number;
}

/** What a connect message says: it has one epoch, so a stream of an older one starts from nothing. */
export function sinceOf(streams: Streams): Since | null {
  const epochs = STREAMS.flatMap((stream) => streams[stream]?.epoch ?? []);
  if (epochs.length === 0) {
    return null;
  }
  const epoch = Math.max(...epochs);
  const positions = STREAMS.flatMap((stream) => {
    const at = streams[stream];
    return at?.epoch === epoch ? [[stream, at.position] as const] : [];
  });
  return { epoch, ...Object.fromEntries(positions) };
}
