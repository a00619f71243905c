// One request to a service, with an end.
import type { TokenSource } from '@/auth/token';
import type { Config } from '@/config/config';

import type { Ports } from './ports';
import { onAbort } from './wait';

const PATIENCE_MS = 30_000;

export interface Called {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
}

export interface Call {
  readonly service: 'tasks' | 'notifications';
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type Caller = (call: Call, signal: AbortSignal) => Promise<Called>;

/** Calls with a token of the moment. Rejects when there is no whole answer in time, or no token. */
export function callerOf(config: Config, tokens: TokenSource, ports: Pick<Ports, 'fetch' | 'after'>): Caller {
  const address = { tasks: config.api, notifications: config.notifications };
  return async ({ service, method, path, headers = {}, body = null }, signal) => {
    const { value } = await tokens.token();
    const ending = new AbortController();
    const end = () => ending.abort();
    const forget = onAbort(signal, end);
    const cancel = ports.after(PATIENCE_MS, end);
    try {
      const response = await ports.fetch(`${address[service]}${path}`, {
        method,
        headers: { ...headers, Authorization: `Bearer ${value}` },
        body: body === null ? null : JSON.stringify(body),
        credentials: 'omit',
        signal: ending.signal,
      });
      const { status, statusText } = response;
      return { status, statusText, headers: response.headers, text: await response.text() };
    } finally {
      cancel();
      forget();
    }
  };
}
