import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { beforeEach, expect, test } from 'vitest';

const SCRIPT = readFileSync(new URL('../public/worker.js', import.meta.url), 'utf8');
const ORIGIN = 'https://tasks.test';

/** Caches as a browser has them, as far as the worker uses them. */
class FakeCaches {
  readonly kept = new Map<string, Map<string, string>>();

  keys = () => Promise.resolve([...this.kept.keys()]);
  delete = (name: string) => Promise.resolve(this.kept.delete(name));
  match = (request: string | Request) => {
    const text = [...this.kept.values()].map((cache) => cache.get(path(request))).find((one) => one !== undefined);
    return Promise.resolve(text === undefined ? undefined : new Response(text));
  };
  open = (name: string) => {
    const cache = this.kept.get(name) ?? new Map<string, string>();
    this.kept.set(name, cache);
    const put = async (request: string | Request, answer: Response) =>
      void cache.set(path(request), await answer.text());
    return Promise.resolve({
      put,
      addAll: async (files: string[]) => {
        for (const file of files) {
          await put(file, await get(file));
        }
      },
      match: (request: string | Request) => Promise.resolve(cache.has(path(request)) ? new Response('') : undefined),
    });
  };
}

const path = (request: string | Request) =>
  new URL(typeof request === 'string' ? request : request.url, ORIGIN).pathname;

interface Event {
  readonly request?: object;
  readonly respondWith?: (answer: Promise<Response>) => void;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

let caches: FakeCaches;
let listeners: Map<string, (event: Event) => void>;
let server: Map<string, string> | null;
let asked: { readonly path: string; readonly init: RequestInit | undefined }[];

async function get(request: string | Request, init?: RequestInit): Promise<Response> {
  asked.push({ path: path(request), init });
  if (server === null) {
    throw new TypeError('failed to fetch');
  }
  const text = server.get(path(request));
  return Promise.resolve(new Response(text ?? 'no', { status: text === undefined ? 404 : 200 }));
}

beforeEach(() => {
  caches = new FakeCaches();
  listeners = new Map();
  asked = [];
  server = build('one');
  const self = {
    addEventListener: (name: string, listener: (event: Event) => void) => listeners.set(name, listener),
    skipWaiting: () => Promise.resolve(),
    clients: { claim: () => Promise.resolve() },
    location: new URL(ORIGIN),
  };
  runInContext(SCRIPT, createContext({ self, caches, fetch: get, crypto, TextEncoder, URL }));
});

function build(name: string): Map<string, string> {
  const file = `/_next/static/chunks/${name}.js`;
  const pages = {
    '/offline': `<script src="${file}"></script>`,
    '/today': 'tasks of alice',
    '/v1/sync': 'tasks of alice',
  };
  return new Map([...Object.entries(pages), [file, `code of ${name}`]]);
}

async function fire(name: string, parts: Partial<Event> = {}): Promise<void> {
  const work: Promise<unknown>[] = [];
  listeners.get(name)?.({ ...parts, waitUntil: (one) => work.push(one) });
  await Promise.all(work);
}

/** What the page gets; null when the worker leaves it to the browser. */
async function ask(at: string, mode = 'cors', method = 'GET'): Promise<string | null> {
  const answers: Promise<Response>[] = [];
  const work: Promise<unknown>[] = [];
  const request = { url: ORIGIN + at, mode, method };
  listeners.get('fetch')?.({ request, respondWith: (one) => answers.push(one), waitUntil: (one) => work.push(one) });
  const answer = await answers[0];
  await Promise.all(work);
  return answer === undefined ? null : answer.text();
}

const everything = () => [...caches.kept.values()].flatMap((cache) => [...cache.entries()]).sort();

test('without a network a page is the shell, with its files', async () => {
  await fire('install');
  expect(await ask('/today', 'navigate')).toBe('tasks of alice');

  server = null;
  expect(await ask('/projects/1', 'navigate')).toContain('one.js');
  expect(await ask('/_next/static/chunks/one.js')).toBe('code of one');
});

test('nothing of a person is kept: not their pages, and no answers of services', async () => {
  await fire('install');
  await ask('/today', 'navigate');
  expect(await ask('/v1/sync')).toBeNull();
  expect(await ask('/_next/static/chunks/one.js', 'cors', 'POST')).toBeNull();
  expect(everything().map(([at]) => at)).toEqual(['/_next/static/chunks/one.js', '/offline']);
  expect(asked.filter((one) => one.path === '/offline').map(({ init }) => init?.credentials)).toEqual(['omit', 'omit']);
});

test('another build takes the place of the one before', async () => {
  await fire('install');
  server = build('two');
  await ask('/today', 'navigate');
  expect(everything().map(([at]) => at)).toEqual(['/_next/static/chunks/two.js', '/offline']);
});

test('a build that cannot be had whole leaves the one before', async () => {
  await fire('install');
  server = build('two');
  server.delete('/_next/static/chunks/two.js');
  server.delete('/offline');
  await ask('/today', 'navigate');
  server = null;
  expect(await ask('/today', 'navigate')).toContain('one.js');
});
