import type { NextConfig } from 'next';

const config: NextConfig = {
  output: 'standalone',
  // The checkout has no other package.json above this one.
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  reactStrictMode: true,
};

export default config;
