// The pool of connections to Postgres, as the role `taskwire_frontend`.
import { Pool } from 'pg';

export function openDatabase(url: string, ...settings: readonly string[]): Pool {
  // Better Auth names its tables without their schema.
  const usual = ['search_path=auth', 'statement_timeout=10s'];
  const pool = new Pool({
    connectionString: url,
    application_name: 'taskwire-frontend',
    options: [...usual, ...settings].map((setting) => `-c ${setting}`).join(' '),
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
  });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', (error) => {
    console.warn(`a connection to the database broke: ${error.message}`);
  });
  return pool;
}
