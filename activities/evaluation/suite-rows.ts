import { readFile } from 'node:fs/promises';

import type { Suite } from '../../configs/schema/suites.ts';
import { DataError, readRows, type Row } from '../data/rows.ts';
import { ifevalRows } from './ifeval.ts';

/**
 * The rows of a suite's own file; null where it has none. A file that is not JSONL is one text.
 *
 * @throws DataError when it cannot be read, or does not fit the suite.
 */
export async function suiteRowsOf(suite: Suite): Promise<readonly Row[] | null> {
  if (!('data' in suite) || suite.data === undefined) return null;
  if (suite.kind === 'ifeval') return ifevalRows(suite.data, await readRows(suite.data));
  if (suite.data.endsWith('.jsonl')) return readRows(suite.data);
  const text = await readFile(suite.data, 'utf8').catch((error: Error) => {
    throw new DataError(`${suite.data}: cannot be read: ${error.message}`);
  });
  return [{ id: 'text', text }];
}
