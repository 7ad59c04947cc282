import { expect, test } from 'vitest';
import { FOLDER_NAME, folderNameAt, folderTimeMs } from './folder-name.ts';

const AT_MS = Date.UTC(2024, 9, 10, 0, 29, 50, 750);

test('a folder is named by the second it was opened in, with dots', () => {
  expect(folderNameAt(AT_MS, null)).toBe('2024-10-10T00.29.50Z');
  expect(folderNameAt(AT_MS, null)).toMatch(FOLDER_NAME);
  expect(folderTimeMs('2024-10-10T00.29.50Z')).toBe(AT_MS - 750);
});

test('names rise within one second and when the clock is set back', () => {
  expect(folderNameAt(AT_MS, '2024-10-10T00.29.50Z')).toBe('2024-10-10T00.29.51Z');
  expect(folderNameAt(AT_MS - 86_400_000, '2024-10-10T23.59.59Z')).toBe('2024-10-11T00.00.00Z');
});
