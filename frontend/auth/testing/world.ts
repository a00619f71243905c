// Better Auth as it runs, over a real database, with a browser that is only headers.
import { betterAuth } from 'better-auth';

import { type ServerConfig, serverConfigFrom } from '@/config/server';
import type { Mail } from '@/words/mails';

import { guarded } from '../handler';
import { authOptions } from '../options';
import { createDatabase } from './database';

export const ORIGIN = 'https://tasks.example';
export const PASSWORD = 'correct horse battery';

const ENVIRONMENT = {
  FRONTEND_URL: ORIGIN,
  DATABASE_URL: 'postgres://somewhere/else',
  AUTH_SECRET: '0123456789abcdefghijklmnopqrstuvwxyz-ABCDEF',
  TRUSTED_PROXIES: '1',
  SMTP_URL: 'smtp://mail.example',
  MAIL_FROM: 'tasks@tasks.example',
  SIGN_INS_PER_MINUTE: '20',
  SIGN_UPS_PER_MINUTE: '100',
};

export interface Sent {
  readonly to: string;
  readonly mail: Mail;
}

export async function openWorld(changed: Partial<ServerConfig> = {}) {
  const config = { ...serverConfigFrom(ENVIRONMENT), ...changed };
  const { pool, drop } = await createDatabase();
  const sent: Sent[] = [];
  const send = (to: string, mail: Mail) => Promise.resolve(void sent.push({ to, mail }));
  // What it refuses, it would log; tests look at the answers.
  const auth = betterAuth({ ...authOptions(config, pool, send), logger: { disabled: true } });
  const handle = guarded((request) => auth.handler(request), config.origin, config.proxies);
  return { config, pool, sent, auth, drop, browser: (address?: string) => new Browser(handle, address) };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** Keeps cookies and sends them back. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** As the server set them, with their attributes. */
  readonly setCookies: string[] = [];

  constructor(
    private readonly handle: (request: Request) => Promise<Response>,
    private readonly address = '192.0.2.1',
  ) {}

  get(path: string, headers: Record<string, string> = {}) {
    return this.request('GET', path, undefined, headers);
  }

  post(path: string, body: object = {}, headers: Record<string, string> = {}) {
    return this.request('POST', path, JSON.stringify(body), headers);
  }

  signIn(email: string, password = PASSWORD) {
    return this.post('/sign-in/email', { email, password });
  }

  private async request(method: string, path: string, body: string | undefined, headers: Record<string, string>) {
    const response = await this.handle(
      new Request(`${ORIGIN}/api/auth${path}`, {
        method,
        headers: {
          origin: ORIGIN,
          'x-forwarded-for': this.address,
          cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      }),
    );
    response.headers.getSetCookie().forEach((cookie) => this.keep(cookie));
    return response;
  }

  private keep(cookie: string) {
    this.setCookies.push(cookie);
    const [pair = '', ...attributes] = cookie.split('; ');
    const [name = '', ...value] = pair.split('=');
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
    else this.cookies.set(name, value.join('='));
  }
}
