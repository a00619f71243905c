// Writes the pictures of the installed app from public/icon.svg: `node ui/icons.mjs`.
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

const directory = new URL('../public/', import.meta.url);
const svg = await readFile(new URL('icon.svg', directory), 'utf8');
/** Systems cut a maskable picture to their own shape: its ground reaches the edges, its sign keeps away from them. */
const maskable = svg
  .replace(' rx="112"', '')
  .replace('viewBox="0 0 512 512"', 'viewBox="-64 -64 640 640"')
  .replace('<rect width="512" height="512"', '<rect x="-64" y="-64" width="640" height="640"');

const write = (source, size, name) =>
  sharp(Buffer.from(source)).resize(size, size).png().toFile(new URL(name, directory).pathname);

await write(svg, 192, 'icon-192.png');
await write(svg, 512, 'icon-512.png');
await write(maskable, 512, 'icon-maskable-512.png');
await write(maskable, 180, 'apple-touch-icon.png');
