// Better Auth as this process runs it.
import 'server-only';

import { betterAuth } from 'better-auth';
import type { Pool } from 'pg';

import { serverConfig } from '@/config/running';

import { openDatabase } from './database';
import { guarded, type Handle } from './handler';
import { mailer } from './mailer';
import { authOptions } from './options';

function start() {
  const config = serverConfig();
  const pool = openDatabase(config.databaseUrl);
  const auth = betterAuth(authOptions(config, pool, mailer(config)));
  return { pool, auth, handle: guarded((request) => auth.handler(request), config.origin, config.proxies) };
}

let running: ReturnType<typeof start> | undefined;

function get() {
  running ??= start();
  return running;
}

export const auth = () => get().auth;
export const database = (): Pool => get().pool;
export const handle: Handle = (request) => get().handle(request);
