import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file that says what an adapter is, in its folder. */
export const ADAPTER_CONFIG = 'adapter_config.json';

/** Whether a folder holds an adapter. */
export const isAdapter = (folder: string): boolean => existsSync(join(folder, ADAPTER_CONFIG));
