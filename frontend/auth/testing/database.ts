// A real Postgres for tests: a database of its own for each file, with the migration applied, used as the front end's role.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Client } from 'pg';

import { openDatabase } from '../database';

const SERVER = process.env.TEST_DATABASE_URL;

/** Without a server these tests are left out, but never in CI: there it is a failure. */
export const noDatabase = SERVER === undefined && process.env.CI === undefined;

export async function createDatabase() {
  if (SERVER === undefined) {
    throw new Error('set TEST_DATABASE_URL to a Postgres server, as a role that may create databases and roles');
  }
  const name = `auth_${randomUUID().replaceAll('-', '')}`;
  await run(SERVER, `CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(SERVER), { pathname: `/${name}` }).href;
  await run(url, readFileSync(new URL('../../migrations/0001_auth.sql', import.meta.url), 'utf8'));
  const pool = openDatabase(url, 'role=taskwire_frontend');
  const drop = async () => {
    await pool.end();
    await run(SERVER, `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { url, pool, drop };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
