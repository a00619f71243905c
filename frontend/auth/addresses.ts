// Whose request it is, by network address.

/** The header that the limits per address read. What a client sends under this name is thrown away. */
export const ADDRESS_HEADER = 'x-taskwire-address';

/**
 * The address that the outermost of our proxies saw. Each proxy appends whom it was called by, so the last `proxies` entries
 * are true and all before them are the client's own words. Undefined where nothing can be trusted: then all such requests
 * share one count.
 */
export function clientAddress(forwardedFor: string | null, proxies: number): string | undefined {
  if (forwardedFor === null || proxies === 0) {
    return undefined;
  }
  const address = forwardedFor.split(',').at(-proxies)?.trim();
  return address === undefined || address === '' ? undefined : address;
}
