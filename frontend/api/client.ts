// Typed clients of the three services that have a REST API.
import createClient from 'openapi-fetch';
import type { Client, Middleware } from 'openapi-fetch';

import type { TokenSource } from '@/auth/token';
import type { Config } from '@/config/config';

import { errorOf } from './error';
import type { paths as AuditPaths } from './generated/audit-svc';
import type { paths as BackendPaths } from './generated/backend-api';
import type { paths as NotificationPaths } from './generated/notification-svc';

export interface Api {
  readonly tasks: Client<BackendPaths>;
  readonly notifications: Client<NotificationPaths>;
  readonly audit: Client<AuditPaths>;
}

/**
 * Clients that bring the person's token. An answer that is a refusal is thrown as `ApiError`; what the network or the
 * token source says is thrown as it is.
 */
export function clients(config: Config, tokens: TokenSource, send: typeof fetch = fetch): Api {
  return {
    tasks: client<BackendPaths>(config.api, tokens, send),
    notifications: client<NotificationPaths>(config.notifications, tokens, send),
    audit: client<AuditPaths>(config.audit, tokens, send),
  };
}

/** The body of an answer, for calls that have one: `await bodyOf(api.tasks.GET('/v1/stats'))`. */
export async function bodyOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) {
    throw new Error('an answer without a body where one was expected');
  }
  return data;
}

function client<Paths extends object>(address: string, tokens: TokenSource, send: typeof fetch): Client<Paths> {
  const made = createClient<Paths>({ baseUrl: address, fetch: (request) => send(request), credentials: 'omit' });
  made.use(withToken(tokens), throwing);
  return made;
}

function withToken(tokens: TokenSource): Middleware {
  return {
    async onRequest({ request }) {
      const { value } = await tokens.token();
      request.headers.set('Authorization', `Bearer ${value}`);
      return request;
    },
  };
}

const throwing: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) {
      throw await errorOf(response);
    }
  },
};
