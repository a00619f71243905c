// Where one goes after signing in.

export const HOME = '/today';
/** No pages, and pages that lead on who is signed in: a way back to them would go round in circles. */
const NEVER = /^\/(api\/|sign-in|sign-up|forgot-password)/;

/**
 * A path of this origin, whatever `wanted` says: a link to our sign-in page must never lead to another site. Judged as a
 * browser reads it, which drops tabs and line breaks and takes `\` for `/`.
 */
export function returnPath(wanted: string | string[] | undefined): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) {
    return HOME;
  }
  const here = 'https://here.invalid';
  if (!URL.canParse(wanted, here)) {
    return HOME;
  }
  const { origin, pathname, search, hash } = new URL(wanted, here);
  // A path that begins with `//` would be another host once more.
  const isOurs = origin === here && !pathname.startsWith('//');
  return isOurs && !NEVER.test(pathname) ? pathname + search + hash : HOME;
}
