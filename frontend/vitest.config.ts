import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@': import.meta.dirname } },
  test: {
    include: ['**/*.test.ts', '**/*.test.tsx'],
    exclude: ['node_modules/**', '.next/**'],
    // Deadlines and not measurements: a test over Postgres takes seconds where the machine has other work.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
