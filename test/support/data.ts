import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.CABOCHON_TEST_DATA ?? '../shared/data';

/** Path of a file of the public data; with `describe.skipIf(!isThere(…))` a machine without it skips its tests. */
export function testData(file: string): string {
  return join(folder, file);
}

/** Whether a file of the public data is on this machine. */
export function isThere(file: string): boolean {
  return existsSync(testData(file));
}
