// Answers requests below /api/auth: lets through what is open and small, with the address that the limits count by.
import { ADDRESS_HEADER, clientAddress } from './addresses';
import { isOpen } from './endpoints';

/** The largest legal body is a name, an address and a password. */
const MAX_BODY_BYTES = 16 * 1024;

export type Handle = (request: Request) => Promise<Response>;

export function guarded(handle: Handle, origin: string, proxies: number): Handle {
  return async (request) => {
    if (!isOpen(request.method, new URL(request.url).pathname)) {
      return refusal(404, 'there is nothing here');
    }
    if (request.method === 'POST' && isFromElsewhere(request, origin)) {
      return refusal(403, 'this is for pages of this site');
    }
    if (request.method === 'POST' && bodyBytes(request) > MAX_BODY_BYTES) {
      return refusal(413, `send at most ${MAX_BODY_BYTES} bytes, with their number in Content-Length`);
    }
    const response = await handle(withAddress(request, proxies));
    response.headers.set('Cache-Control', 'no-store');
    return response;
  };
}

function withAddress(request: Request, proxies: number): Request {
  const headers = new Headers(request.headers);
  headers.delete(ADDRESS_HEADER);
  const address = clientAddress(headers.get('x-forwarded-for'), proxies);
  if (address !== undefined) {
    headers.set(ADDRESS_HEADER, address);
  }
  return new Request(request, { headers });
}

/** Browsers say which site's page sends a POST. Better Auth asks only where there is a cookie. */
function isFromElsewhere(request: Request, origin: string): boolean {
  const from = request.headers.get('origin');
  return from !== null && from !== origin;
}

/** A body that does not say how long it is may have any length. */
function bodyBytes(request: Request): number {
  if (request.body === null) {
    return 0;
  }
  const told = request.headers.get('content-length');
  return told === null ? Infinity : Number(told);
}

function refusal(status: number, message: string): Response {
  return Response.json({ message }, { status });
}
