// A browser and the services around it for tests of the shell: tabs with their locks, channels and clock, the REST API and
// the gateway on top of the model server. Everything goes on only when a test says so, but for promises.
import { SignedOut } from '@/auth/token';
import type { TokenSource } from '@/auth/token';

import type { StreamEvent } from '../confirmed';
import { openLive } from '../open';
import type { Channel, Ports, Socket, SocketEvents } from '../ports';
import type { Answer } from '../outcome';
import type { ApiRequest } from '../request';
import type { Live } from '../live';
import { ModelServer } from './server';

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

interface Waiting {
  readonly work: () => Promise<void>;
  readonly done: (ended: Promise<void>) => void;
}

export class Gateway {
  readonly said: Record<string, unknown>[] = [];
  /** False refuses sockets, as a network that is down does. */
  isUp = true;
  expiresInMs = 600_000;
  /** True when messages go nowhere, and nobody is told. */
  isGone = false;
  private open: { on: SocketEvents; sent: number }[] = [];

  constructor(
    private readonly server: ModelServer,
    private readonly now: () => number,
  ) {}

  get sockets(): number {
    return this.open.length;
  }

  socket = (_url: string, _protocol: string, on: SocketEvents): Socket => {
    const one = { on, sent: this.server.events.length };
    queueMicrotask(() => (this.isUp ? on.open() : on.close(1006)));
    const close = () => {
      this.open = this.open.filter((other) => other !== one);
    };
    return { close, send: (text) => this.hear(one, JSON.parse(text) as Record<string, unknown>) };
  };

  /** Sends what happened since, without the first ones if they are to be lost. */
  push(lost = 0): void {
    for (const one of this.open) {
      const events = this.server.events.slice(one.sent + lost);
      one.sent = this.server.events.length;
      events.forEach((event) => one.on.message(JSON.stringify(frameOf(event))));
    }
  }

  /** Ends all sockets. */
  drop(code: number): void {
    this.open.splice(0).forEach(({ on }) => on.close(code));
  }

  private hear(one: { on: SocketEvents; sent: number }, message: Record<string, unknown>): void {
    this.said.push(message);
    if (this.isGone) {
      return;
    }
    const expires_at = new Date(this.now() + this.expiresInMs).toISOString();
    if (message.type === 'refresh') {
      one.on.message(JSON.stringify({ type: 'refreshed', expires_at }));
      return;
    }
    this.open.push(one);
    // A gateway that has just started: nothing is in its window.
    const recovered = { tasks: false, notifications: false };
    one.on.message(JSON.stringify({ type: 'connected', recovered, epoch: 1, expires_at, ping_seconds: 25 }));
  }
}

function frameOf({ stream, at, told }: StreamEvent): object {
  const carried = told === null ? {} : { [told.kind]: { ...told.body, ...(told.deleted ? { deleted: true } : {}) } };
  return { type: 'event', stream, ...at, event: { id: 'e', kind: 'any', occurred_at: '', ...carried } };
}

export class Browser {
  /** The tabs that were told that there is nothing to show any more. */
  readonly wiped: number[] = [];
  readonly server = new ModelServer();
  readonly gateway: Gateway;
  /** Requests that change something, as they came. */
  readonly requests: ApiRequest[] = [];
  /** What is answered instead, as long as it is not null; `lost` is carried out, and `down` is not. */
  instead: Response | 'lost' | 'down' | null = null;
  signedIn: string | null = 'alice';
  private time = 1_790_000_000_000;
  private timers: Timer[] = [];
  private tabs = 0;
  private readonly locks = new Map<string, Waiting[]>();
  private readonly wakes: (() => void)[] = [];
  private channels: { name: string; tab: number; hear: (message: unknown) => void }[] = [];
  private readonly dead = new Set<number>();
  private readonly kills = new Map<number, () => void>();

  constructor() {
    this.gateway = new Gateway(this.server, () => this.time);
  }

  /** Opens the store in another tab. */
  async open(userId = 'alice'): Promise<{ live: Live; tab: number }> {
    this.tabs += 1;
    const tab = this.tabs;
    const config = { api: 'http://api.test', notifications: 'http://api.test', audit: '', stream: 'ws://gateway.test' };
    return {
      tab,
      live: await openLive(
        { config, tokens: this.tokens(), userId, onWiped: () => this.wiped.push(tab) },
        this.ports(tab),
      ),
    };
  }

  /** The tab is gone without a word: its locks are free, and nothing of it is heard any more. */
  kill(tab: number): void {
    this.dead.add(tab);
    this.channels = this.channels.filter((channel) => channel.tab !== tab);
    this.gateway.drop(1006);
    this.kills.get(tab)?.();
  }

  /** Time passes, and what waited for it goes on. */
  advance(ms: number): void {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    due.forEach(({ work }) => work());
  }

  /** The person looks at the page again. */
  wake(): void {
    this.wakes.forEach((work) => work());
  }

  private tokens(): TokenSource {
    return {
      token: () =>
        this.signedIn === null
          ? Promise.reject(new SignedOut())
          : Promise.resolve({ value: 'token', userId: this.signedIn, expiresAt: this.time + 600_000 }),
    };
  }

  private ports(tab: number): Ports {
    let made = 0;
    return {
      now: () => this.time,
      random: () => 0.5,
      bytes: (count) => Uint8Array.from({ length: count }, () => (made = (made + 1) % 256) ^ tab),
      origin: 'http://page.test',
      fetch: (url, init) => (this.dead.has(tab) ? forEver(init.signal) : this.fetch(url, init)),
      socket: (url, protocol, on) =>
        this.gateway.socket(
          url,
          protocol,
          alive(on, () => !this.dead.has(tab)),
        ),
      locks: { request: (name, { signal }, work) => this.lock(tab, name, signal, work) },
      channel: (name, hear) => this.channel(tab, name, hear),
      after: (ms, work) => this.after(tab, ms, work),
      onWake: (work) => {
        this.wakes.push(work);
        return () => undefined;
      },
    };
  }

  private fetch(url: string, init: RequestInit): Promise<Response> {
    const { pathname, search, searchParams } = new URL(url);
    if (this.instead === 'down') {
      return Promise.reject(new TypeError('failed to fetch'));
    }
    if (init.method === 'GET') {
      return Promise.resolve(Response.json(pathname === '/v1/sync' ? this.sync(searchParams) : INBOX));
    }
    const request: ApiRequest = {
      service: 'tasks',
      method: init.method as ApiRequest['method'],
      path: pathname + search,
      headers: init.headers as Record<string, string>,
      body: typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : null,
    };
    this.requests.push(request);
    if (this.instead instanceof Response) {
      return Promise.resolve(this.instead.clone());
    }
    const answer = this.server.serve(request);
    return this.instead === 'lost'
      ? Promise.reject(new TypeError('network changed'))
      : Promise.resolve(respond(answer));
  }

  private sync(question: URLSearchParams): object {
    const [epoch = 0, position = 0] = (question.get('since') ?? '0.0').split('.').map(Number);
    const cursor = question.has('since') ? { epoch, after: position, started: position } : null;
    const { page } = this.server.page(cursor, 10_000);
    const items = page.items.map(({ kind, id, body, ...item }) => ({
      ...item,
      id,
      type: kind,
      ...(body && { [kind]: body }),
    }));
    return { ...page.at, full_resync: page.isFull, items, next_cursor: null };
  }

  private lock(tab: number, name: string, signal: AbortSignal, work: () => Promise<void>): Promise<unknown> {
    const queue = this.locks.get(name) ?? [];
    this.locks.set(name, queue);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { work, done: (ended) => void ended.then(resolve, reject) };
      queue.push(waiting);
      this.kills.set(tab, () => this.release(name, waiting));
      signal.addEventListener('abort', () => {
        if (queue[0] !== waiting) {
          this.release(name, waiting);
          reject(new DOMException('aborted', 'AbortError'));
        }
      });
      this.grant(name, waiting);
    });
  }

  private grant(name: string, waiting: Waiting): void {
    if (this.locks.get(name)?.[0] === waiting) {
      const ended = waiting.work();
      waiting.done(ended);
      void ended.then(
        () => this.release(name, waiting),
        () => this.release(name, waiting),
      );
    }
  }

  private release(name: string, waiting: Waiting): void {
    const queue = this.locks.get(name) ?? [];
    const at = queue.indexOf(waiting);
    if (at >= 0) {
      queue.splice(at, 1);
      const [next] = queue;
      if (at === 0 && next !== undefined) {
        this.grant(name, next);
      }
    }
  }

  private channel(tab: number, name: string, hear: (message: unknown) => void): Channel {
    const mine = { name, tab, hear };
    this.channels.push(mine);
    const others = () => this.channels.filter((channel) => channel.name === name && channel !== mine);
    return {
      tell: (message) => {
        const copy: unknown = structuredClone(message);
        if (!this.dead.has(tab)) {
          others().forEach((channel) => queueMicrotask(() => channel.hear(copy)));
        }
      },
      close: () => {
        this.channels = this.channels.filter((channel) => channel !== mine);
      },
    };
  }

  private after(tab: number, ms: number, work: () => void): () => void {
    const timer = { at: this.time + ms, work: () => (this.dead.has(tab) ? undefined : work()) };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }
}

function forEver(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, reject) =>
    signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))),
  );
}

const INBOX = { items: [], next_cursor: null, position: 0, epoch: 1, full_resync: false };

function alive(on: SocketEvents, isAlive: () => boolean): SocketEvents {
  return {
    open: () => (isAlive() ? on.open() : undefined),
    message: (data) => (isAlive() ? on.message(data) : undefined),
    close: (code) => (isAlive() ? on.close(code) : undefined),
  };
}

function respond(answer: Answer): Response {
  if (answer.is === 'problem') {
    return Response.json(answer.problem, { status: answer.problem.status });
  }
  const body = answer.is === 'body' ? answer : null;
  const headers = { ETag: `"${body?.version ?? 0}"`, 'Taskwire-Position': String(body?.position ?? 0) };
  return body?.body ? Response.json(body.body, { headers }) : new Response(null, { status: 204, headers });
}
