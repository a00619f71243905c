// What the live store needs of the world around it, so that tests can bring their own.

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  open(): void;
  message(data: unknown): void;
  /** The last one, whatever the end was. */
  close(code: number): void;
}

/** To the other tabs of this browser. */
export interface Channel {
  tell(message: unknown): void;
  close(): void;
}

export interface Locks {
  /** Calls once the lock is held, which it is until the promise is settled. Rejects when the signal is aborted before. */
  request(name: string, options: { readonly signal: AbortSignal }, work: () => Promise<void>): Promise<unknown>;
}

export interface Ports {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Random bytes. */
  bytes(count: number): Uint8Array;
  /** Where addresses without an origin lead. */
  readonly origin: string;
  fetch(url: string, init: RequestInit): Promise<Response>;
  socket(url: string, protocol: string, on: SocketEvents): Socket;
  readonly locks: Locks;
  channel(name: string, hear: (message: unknown) => void): Channel;
  /** Calls after a while; answers what prevents it. */
  after(ms: number, work: () => void): () => void;
  /** Calls when the network is there again, or the page is looked at again; answers what ends it. */
  onWake(work: () => void): () => void;
}

export function browserPorts(): Ports {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    origin: location.origin,
    fetch: (url, init) => fetch(url, init),
    socket,
    locks: { request: (name, options, work) => navigator.locks.request(name, options, work) },
    channel,
    after(ms, work) {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    onWake,
  };
}

function socket(url: string, protocol: string, on: SocketEvents): Socket {
  const made = new WebSocket(url, protocol);
  made.onopen = () => on.open();
  made.onmessage = ({ data }: MessageEvent<unknown>) => on.message(data);
  made.onclose = ({ code }) => on.close(code);
  return { send: (text) => made.send(text), close: () => made.close() };
}

function channel(name: string, hear: (message: unknown) => void): Channel {
  const made = new BroadcastChannel(name);
  made.onmessage = ({ data }: MessageEvent<unknown>) => hear(data);
  return { tell: (message) => made.postMessage(message), close: () => made.close() };
}

function onWake(work: () => void): () => void {
  const whenSeen = () => {
    if (document.visibilityState === 'visible') {
      work();
    }
  };
  addEventListener('online', work);
  addEventListener('pageshow', work);
  document.addEventListener('visibilitychange', whenSeen);
  return () => {
    removeEventListener('online', work);
    removeEventListener('pageshow', work);
    document.removeEventListener('visibilitychange', whenSeen);
  };
}
