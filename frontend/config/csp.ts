// The Content-Security-Policy of pages, and the other headers that keep a page to itself.
import type { Config } from './config';

/** How a request tells the layout its nonce. */
export const NONCE_HEADER = 'x-nonce';

export interface Policy {
  /** New for each answer. Scripts and style elements carry it. */
  readonly nonce: string;
  readonly config: Config;
  /** `next dev` evaluates text, and talks to the browser over a socket of its own. */
  readonly development?: boolean;
}

export function contentSecurityPolicy({ nonce, config, development = false }: Policy): string {
  const own = "'self'";
  const once = `'nonce-${nonce}'`;
  return Object.entries({
    'default-src': [own],
    // What a script with the nonce loads may run too; an inline script without it never does.
    'script-src': [once, "'strict-dynamic'", ...(development ? ["'unsafe-eval'"] : [])],
    'worker-src': [own],
    'style-src': [own, once],
    // Mantine writes sizes and colours into `style` attributes on the server; attributes cannot carry a nonce. A style
    // attribute runs no script, and text of people never gets into one. Style elements stay with the nonce.
    'style-src-attr': ["'unsafe-inline'"],
    // No pictures from elsewhere: one in a description would tell its host who reads it, and when.
    'img-src': [own, 'data:', 'blob:'],
    'font-src': [own],
    'connect-src': [own, ...services(config)],
    'manifest-src': [own],
    'object-src': ["'none'"],
    'frame-src': ["'none'"],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': [own],
  })
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');
}

/** For every answer, pages or not. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  // Links in mails carry a secret in their address, which no other host may learn. Not `no-referrer`: with it browsers send
  // forms with `Origin: null`.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
};

/** The origins of the services that have one of their own. */
function services(config: Config): string[] {
  const addresses = [config.api, config.notifications, config.audit, config.stream].filter((address) => address !== '');
  return [...new Set(addresses.map((address) => new URL(address).origin))];
}
