// The service worker that lets a reload without a network open the page.

/**
 * Registers `/worker.js`. A browser that has no service workers, or refuses one, does without: only a reload while
 * offline fails there then. The shell it keeps is the page `/offline`, which is to render without a session.
 */
export async function registerWorker(): Promise<void> {
  if (process.env.NODE_ENV !== 'production' || !('serviceWorker' in navigator)) {
    return;
  }
  try {
    await navigator.serviceWorker.register('/worker.js', { scope: '/', updateViaCache: 'none' });
  } catch (error) {
    console.warn('this page will not open without a network', error);
  }
}
