// Part of the build: lists its files for the service worker, which keeps all of them, so that what is loaded on use works
// without a network too.
import { readdir, writeFile } from 'node:fs/promises';

const folder = new URL('../.next/static/', import.meta.url);
const names = await readdir(new URL('chunks/', folder), { recursive: true });
const files = names.filter((name) => /\.(js|css|woff2)$/.test(name)).sort();
await writeFile(new URL('files.json', folder), JSON.stringify(files.map((name) => `/_next/static/chunks/${name}`)));
