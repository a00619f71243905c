import type { MetadataRoute } from 'next';

import { words } from '@/words/en';

/** What makes it installable. */
export default function manifest(): MetadataRoute.Manifest {
  return {
    id: '/today',
    name: words.shell.product,
    short_name: words.shell.product,
    description: words.shell.description,
    start_url: '/today',
    scope: '/',
    display: 'standalone',
    background_color: '#ffffff',
    theme_color: '#3b5bdb',
    icons: [
      { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
      { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
      { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    ],
  };
}
