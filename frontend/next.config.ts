import type { NextConfig } from 'next';

import { SAFE_HEADERS } from './config/csp';

const config: NextConfig = {
  output: 'standalone',
  // The checkout has no other package.json above this one.
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  reactStrictMode: true,
  // No page uses its optimiser, and then nobody else does.
  images: { unoptimized: true },
  headers: () =>
    Promise.resolve([
      { source: '/_next/static/:path*', headers: Object.entries(SAFE_HEADERS).map(([key, value]) => ({ key, value })) },
    ]),
};

export default config;
