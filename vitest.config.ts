import { defineConfig } from 'vitest/config';

/** Suites by what they need; a file's suffix says which one it belongs to. */
const suffixes = ['real', 'crash', 'sql', 'interop', 'e2e'] as const;

const special = suffixes.map(suffix => `**/*.${suffix}.test.ts`);

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [...special, '**/node_modules/**'],
        },
      },
      ...suffixes.map(suffix => ({
        extends: true as const,
        test: {
          name: suffix,
          include: [`src/**/*.${suffix}.test.ts`, `test/**/*.${suffix}.test.ts`],
          exclude: ['**/node_modules/**'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      })),
    ],
  },
});
