// Runs before each page: gives it a Content-Security-Policy with a nonce of its own, and the headers that keep it to itself.
import { randomBytes } from 'node:crypto';

import { type NextRequest, NextResponse } from 'next/server';

import { configFrom } from '@/config/config';
import { contentSecurityPolicy, NONCE_HEADER, SAFE_HEADERS } from '@/config/csp';

const running = configFrom(process.env);
const development = process.env.NODE_ENV === 'development';

export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(16).toString('base64');
  const policy = contentSecurityPolicy({ nonce, config: running, development });
  const headers = new Headers(request.headers);
  headers.set(NONCE_HEADER, nonce);
  // Next reads the nonce from here, and puts it on its own scripts.
  headers.set('Content-Security-Policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  Object.entries(SAFE_HEADERS).forEach(([name, value]) => response.headers.set(name, value));
  return response;
}

// Built files are no pages; `next.config.ts` gives them their headers.
export const config = { matcher: '/((?!_next/static|_next/image).*)' };
