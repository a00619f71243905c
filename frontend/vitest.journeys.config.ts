// Journeys: a real browser on a running stack, whose addresses are in the environment (`. .taskwire/env`).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@': import.meta.dirname } },
  test: {
    include: ['journeys/**/*.journey.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // A browser on a machine with other work now and then loses a click: twice is a fault.
    retry: 1,
    // One browser at a time: what is measured in one would suffer from the others.
    fileParallelism: false,
  },
});
