// Keeps the page's shell, so that a reload without a network opens what this browser keeps. Nothing of a person is here:
// the shell is a page without a session, and the rest are the build's own files. Tasks are in the database alone.
const SHELL = '/offline';
const STATIC = '/_next/static/';
const FILES = '/_next/static/files.json';
const PREFIX = 'shell-';
const GATEWAY = new Set([502, 503, 504]);

self.addEventListener('install', (event) => {
  event.waitUntil(renew().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) {
    return;
  }
  if (request.mode === 'navigate') {
    event.respondWith(page(event));
  } else if (url.pathname.startsWith(STATIC)) {
    event.respondWith(asset(request));
  }
});

// What the server says, and without a network the shell. Another build shows by another shell.
async function page(event) {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) {
      event.waitUntil(renew().catch(() => {}));
    }
    // A proxy answers for a server that is down.
    return GATEWAY.has(answer.status) ? ((await caches.match(SHELL)) ?? answer) : answer;
  } catch (error) {
    const shell = await caches.match(SHELL);
    if (shell === undefined) {
      throw error;
    }
    return shell;
  }
}

// Names of these files change with what is in them.
async function asset(request) {
  const known = await caches.match(request);
  if (known !== undefined) {
    return known;
  }
  const answer = await fetch(request);
  const name = await newest();
  if (answer.ok && name !== undefined) {
    const cache = await caches.open(name);
    await cache.put(request, answer.clone());
  }
  return answer;
}

// Fetches the shell with its files, and forgets those of another build.
async function renew() {
  const answer = await fetch(SHELL, { credentials: 'omit', cache: 'no-store' });
  if (!answer.ok || answer.redirected) {
    throw new Error(`the shell cannot be had: ${answer.status}`);
  }
  const text = await answer.clone().text();
  const named = text.match(/\/_next\/static\/[^"'\\\s<>)]+/g) ?? [];
  const files = [...new Set([...named, ...(await built())])];
  const name = PREFIX + (await digest(files.sort().join('\n')));
  if ((await newest()) === name) {
    return;
  }
  const cache = await caches.open(name);
  await cache.addAll(files);
  await cache.put(SHELL, answer);
  const others = (await names()).filter((other) => other !== name);
  await Promise.all(others.map((other) => caches.delete(other)));
}

// All files of the build, also those that a page loads only when somebody opens what needs them.
async function built() {
  const answer = await fetch(FILES, { cache: 'no-store' });
  return answer.ok ? answer.json() : [];
}

async function names() {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX));
}

// A cache that has no shell yet is one that was not finished.
async function newest() {
  for (const name of await names()) {
    if (await (await caches.open(name)).match(SHELL)) {
      return name;
    }
  }
  return undefined;
}

async function digest(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...bytes.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
