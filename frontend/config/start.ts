// The check of the configuration at the start.
import { configFrom } from './config';
import { serverConfigFrom } from './server';

/** Ends the process when the environment does not say what it must. */
export function checkConfiguration(): void {
  try {
    configFrom(process.env);
    serverConfigFrom(process.env);
  } catch (error) {
    console.error(`the configuration is not usable\n${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
