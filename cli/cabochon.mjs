#!/usr/bin/env node
/** The command `cabochon`, for any Node from 20: hands over to the Node that set-up brought, which reads TypeScript. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

import { REPOSITORY } from '../scripts/paths.mjs';

const node = join(REPOSITORY, 'node_modules/.bin/node');
if (!existsSync(node)) {
  console.error(`cabochon: ${REPOSITORY} is not set up yet; run npm run setup there`);
  process.exit(1);
}
const child = spawn(node, [join(REPOSITORY, 'cli/main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' });
// A terminal sends its signals to both; those sent to us alone are passed on. Either way, the command decides.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
