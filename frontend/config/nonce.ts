// The nonce of the page that is being rendered.
import { headers } from 'next/headers';

import { NONCE_HEADER } from './csp';

/** Who asks for it is rendered for each request: a page from a cache would carry the nonce of another answer. */
export async function pageNonce(): Promise<string> {
  return (await headers()).get(NONCE_HEADER) ?? '';
}
