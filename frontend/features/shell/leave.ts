// Leaves the lists for pages that the server renders: with a new page, so that nothing of the person stays in memory.

export function leaveFor(path: string): void {
  location.assign(path);
}

/** To sign in, and back to what is shown now. */
export function leaveToSignIn(): void {
  leaveFor(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}
