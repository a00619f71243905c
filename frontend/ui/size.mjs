// Adds up the JavaScript that the first load of the list needs, compressed: `npm run size` after `npm run build`. It starts
// from what the build says of the page, the root files and the entry of the route; what is loaded on use is not in it.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const MOST = 220_000;
const ROUTE = '/(tasks)/[...view]/page';

const build = new URL('../.next/', import.meta.url);
const json = async (path) => JSON.parse(await readFile(new URL(path, build), 'utf8'));

const { rootMainFiles, polyfillFiles } = await json('build-manifest.json');
const source = await readFile(new URL(`server/app${ROUTE}_client-reference-manifest.js`, build), 'utf8');
const text = source.slice(source.indexOf('] = {') + 4).replace(/;\s*$/, '');
const { entryJSFiles } = JSON.parse(text);
const files = new Set([...rootMainFiles, ...Object.values(entryJSFiles).flat()]);
// Old browsers alone fetch these.
for (const file of polyfillFiles) files.delete(file);

let total = 0;
for (const file of [...files].sort()) {
  const size = gzipSync(await readFile(new URL(file, build)), { level: 9 }).length;
  total += size;
  console.log(`${size.toLocaleString('en').padStart(9)}  ${file}`);
}
console.log(`${total.toLocaleString('en').padStart(9)}  of ${MOST.toLocaleString('en')} bytes`);
if (total > MOST) {
  console.error('the first load of the list is too large: load something on use, or take something away');
  process.exitCode = 1;
}
