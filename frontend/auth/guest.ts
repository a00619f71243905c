// For the pages that are for people who are not signed in yet.
import { redirect } from 'next/navigation';

import { HOME } from './return-path';
import { session } from './session';

/** Leads who is signed in already to `path`. */
export async function guestsOnly(path: string = HOME): Promise<void> {
  if ((await session()) !== null) {
    redirect(path);
  }
}
