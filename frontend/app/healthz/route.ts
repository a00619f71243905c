import { database } from '@/auth/server';

/** Ready when the database answers and has our tables. */
export async function GET() {
  try {
    await database().query('SELECT FROM auth.session LIMIT 0');
    return Response.json({ status: 'ready' }, { headers: NOT_KEPT });
  } catch (error) {
    console.warn(`not ready: ${error instanceof Error ? error.message : String(error)}`);
    return Response.json({ status: 'the database does not answer' }, { status: 503, headers: NOT_KEPT });
  }
}

const NOT_KEPT = { 'Cache-Control': 'no-store' };
