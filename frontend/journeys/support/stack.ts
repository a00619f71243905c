// The running stack: where it is, and where files may lie.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

function needed(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(
      `${name} is not set: start a stack (cargo xtask up --detach) and read its addresses (. .taskwire/env)`,
    );
  }
  return value;
}

export const stack = {
  get frontend() {
    return needed('FRONTEND_URL');
  },
  get api() {
    return needed('API_URL');
  },
  /** Where it keeps its files, logs among them. */
  get folder() {
    return needed('TASKWIRE_STATE_DIR');
  },
};

/** For the browser that is unpacked, and for its profiles. */
export function temporaryFolder(): string {
  const folder = join(stack.folder, 'browser');
  mkdirSync(folder, { recursive: true });
  return folder;
}
