import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { REPOSITORY } from '../scripts/paths.mjs';

const FOLDER = resolve(process.env.CABOCHON_SCIENCE_DATA ?? join(REPOSITORY, '../shared/data'));

/**
 * Path of a file of public data, which does not come with the project.
 *
 * @throws Error saying where it was looked for.
 */
export function publicData(file: string): string {
  const path = join(FOLDER, file);
  if (existsSync(path)) return path;
  throw new Error(`there is no ${path}; CABOCHON_SCIENCE_DATA=FOLDER says where ${file} lies`);
}
