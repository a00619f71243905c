// The live store of one user in this tab.
import type { TokenSource } from '@/auth/token';
import type { Config } from '@/config/config';

import { tokensOf } from './access';
import { callerOf } from './call';
import { changesOf } from './changes';
import { Database, databaseOf } from './db';
import type { Live } from './live';
import { browserPorts } from './ports';
import type { Channel, Ports } from './ports';
import { Sender } from './sender';
import { Follower } from './socket';
import { Store } from './store';
import type { Message } from './store';
import { lead, together } from './tabs';

export interface Opening {
  readonly config: Config;
  readonly tokens: TokenSource;
  readonly userId: string;
  /** Called when another tab removed all that this browser keeps of the user: the page has nothing to show any more. */
  readonly onWiped?: () => void;
}

/** Opens what this browser keeps of the user, shows it, and follows the server. Works without a network, too. */
export async function openLive(opening: Opening, ports: Ports = browserPorts()): Promise<Live> {
  const heard: Message[] = [];
  let hear = (message: Message): void => {
    heard.push(message);
  };
  // Other tabs are heard from before the database is read, so that nothing falls in between.
  const channel = ports.channel(databaseOf(opening.userId), (message) => hear(message as Message)); // Of this very code.
  const db = await Database.open(opening.userId);
  const store = new Store(db, channel);
  const tab = new Tab(opening, ports, db, store, channel);
  await store.load();
  hear = (message) => tab.hear(message);
  heard.forEach(hear);
  channel.tell({ is: 'ask' } satisfies Message);
  tab.start();
  return tab.live();
}

class Tab {
  private readonly closing = new AbortController();
  private readonly sender: Sender;
  private readonly follower: Follower;
  private isLeading = false;
  private ended: Promise<void> = Promise.resolve();
  private endWake = () => {};

  constructor(
    private readonly opening: Opening,
    private readonly ports: Ports,
    private readonly db: Database,
    private readonly store: Store,
    private readonly channel: Channel,
  ) {
    const tokens = tokensOf(opening.userId, opening.tokens);
    const call = callerOf(opening.config, tokens, ports);
    this.sender = new Sender(store, call, ports);
    this.follower = new Follower(streamOf(opening.config, ports.origin), store, call, tokens, ports);
  }

  start(): void {
    this.endWake = this.ports.onWake(() => void this.wake());
    this.store.subscribe(this.sender.bell.ring);
    this.ended = lead(this.ports, this.opening.userId, (signal) => this.lead(signal), this.closing.signal);
  }

  hear(message: Message): void {
    switch (message.is) {
      case 'delta':
        this.store.hear(message.delta);
        return;
      case 'standing':
        this.store.stand(message.standing);
        return;
      case 'ask':
        this.tellStanding();
        return;
      case 'wiped':
        void this.close().then(() => {
          this.store.empty();
          this.opening.onWiped?.();
        });
    }
  }

  live(): Live {
    const { store } = this;
    return {
      ...changesOf(store, this.ports),
      snapshot: () => store.snapshot(),
      status: () => store.status(),
      idOf: (id) => store.idOf(id),
      subscribe: (listener) => store.subscribe(listener),
      close: () => this.close(),
      wipe: () => this.wipe(),
    };
  }

  /** Others may have written what this tab did not hear of before it led. */
  private async lead(signal: AbortSignal): Promise<void> {
    await this.store.load();
    this.isLeading = true;
    let told = this.store.stands;
    const end = this.store.subscribe(() => {
      if (told !== this.store.stands) {
        told = this.store.stands;
        this.tellStanding();
      }
    });
    try {
      await together(signal, [(until) => this.sender.run(until), (until) => this.follower.run(until)]);
    } finally {
      this.isLeading = false;
      end();
    }
  }

  private tellStanding(): void {
    if (this.isLeading) {
      this.channel.tell({ is: 'standing', standing: this.store.stands } satisfies Message);
    }
  }

  /** A page that slept may have missed messages. */
  private async wake(): Promise<void> {
    await this.store.load();
    this.follower.wake();
    this.sender.wake();
  }

  private async close(): Promise<void> {
    this.endWake();
    this.closing.abort();
    await this.ended;
    await this.store.done();
    this.channel.close();
    this.db.close();
  }

  private async wipe(): Promise<void> {
    this.channel.tell({ is: 'wiped' } satisfies Message);
    await this.close();
    await Database.remove(this.opening.userId);
    this.store.empty();
  }
}

function streamOf(config: Config, origin: string): string {
  const base = config.stream === '' ? origin.replace(/^http/, 'ws') : config.stream;
  return `${base}/v1/stream`;
}
