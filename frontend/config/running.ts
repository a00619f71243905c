// The configuration of this process. Read at the first use, so that a build needs none.
import 'server-only';

import { type ServerConfig, serverConfigFrom } from './server';

let running: ServerConfig | undefined;

export function serverConfig(): ServerConfig {
  running ??= serverConfigFrom(process.env);
  return running;
}
