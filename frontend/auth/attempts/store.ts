// The statements about attempts.
import { createHmac } from 'node:crypto';

import type { Pool } from 'pg';

import { type Kind, LIMITS } from './limits';

export class Attempts {
  constructor(
    private readonly pool: Pool,
    private readonly secret: string,
  ) {}

  /**
   * Counts an attempt before anything is checked, so that many at once are counted like one after another. Answers for how
   * many seconds there may be none, 0 when this one may go on. A refused attempt does not lengthen the wait.
   */
  async begin(kind: Kind, email: string, browser?: string): Promise<number> {
    const account = this.account(email, browser);
    const { free, firstWait, longestWait } = LIMITS[kind];
    const counted = await this.pool.query(BEGIN, [kind, account, free, firstWait, longestWait]);
    if (counted.rowCount === 1) {
      return 0;
    }
    const blocked = await this.pool.query<{ seconds: number }>(WAIT, [kind, account]);
    return Math.max(1, blocked.rows[0]?.seconds ?? 1);
  }

  /** The right password was given, or a new one was set: what was tried before does not count any more. */
  async forget(kind: Kind, email: string, browser?: string): Promise<void> {
    const account = this.account(email, browser);
    await this.pool.query('DELETE FROM auth.attempt WHERE kind = $1 AND account = $2', [kind, account]);
  }

  /** Removes what has no meaning any more: attempts of long ago, and sessions that have ended. */
  async tidy(): Promise<void> {
    await this.pool.query("DELETE FROM auth.attempt WHERE last_at < clock_timestamp() - interval '2 days'");
    await this.pool.query('DELETE FROM auth.session WHERE expires_at < clock_timestamp()');
  }

  private account(email: string, browser = ''): Buffer {
    return createHmac('sha256', this.secret).update(`attempt:${browser}:${email.trim().toLowerCase()}`).digest();
  }
}

const BEGIN = `
  INSERT INTO auth.attempt AS kept (kind, account, count, last_at, blocked_until)
  VALUES ($1, $2, 1, clock_timestamp(), clock_timestamp())
  ON CONFLICT (kind, account) DO UPDATE SET (count, last_at, blocked_until) = (
    SELECT next, clock_timestamp(), clock_timestamp() + make_interval(secs =>
      CASE WHEN next < $3 THEN 0 ELSE least($4::float8 * 2 ^ least(next - $3, 30), $5::float8) END)
    FROM (SELECT CASE WHEN kept.last_at < clock_timestamp() - interval '1 day' THEN 1 ELSE kept.count + 1 END AS next)
  )
  WHERE kept.blocked_until <= clock_timestamp()`;

const WAIT = `
  SELECT ceil(extract(epoch FROM blocked_until - clock_timestamp()))::integer AS seconds
  FROM auth.attempt WHERE kind = $1 AND account = $2`;
