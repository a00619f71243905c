// Where the services are. Empty addresses mean the origin of the page, as in production; locally each service has its own
// port. Read at run time by the server and handed to the browser by the root layout, so one build serves every place.
import { z } from 'zod';

const address = z.union([z.literal(''), z.url()]).default('');

const Config = z.object({
  api: address,
  notifications: address,
  audit: address,
  /** `ws://` or `wss://`. */
  stream: address,
});

export type Config = z.infer<typeof Config>;

/** From API_URL, NOTIFICATION_URL, AUDIT_URL and WS_URL. Throws with the names of those that are no addresses. */
export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  return Config.parse({
    api: env.API_URL,
    notifications: env.NOTIFICATION_URL,
    audit: env.AUDIT_URL,
    stream: env.WS_URL,
  });
}
