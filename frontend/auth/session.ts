// Who asks, for pages and layouts on the server.
import 'server-only';

import { headers } from 'next/headers';
import { cache } from 'react';

import { auth } from './server';

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

/** Null when nobody is signed in. Asked once for each request, however many components ask. */
export const session = cache(async (): Promise<Person | null> => {
  // A page cannot set cookies, so it leaves the session's end alone: /api/auth/token moves it.
  const found = await auth().api.getSession({ headers: await headers(), query: { disableRefresh: true } });
  return found === null ? null : { userId: found.user.id, name: found.user.name, email: found.user.email };
});
