// Runs once at the start: a server that is told too little does not start.

export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs') {
    return;
  }
  const { checkConfiguration } = await import('./config/start');
  checkConfiguration();
}
