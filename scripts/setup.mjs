/**
 * Makes a fresh clone able to run: npm packages, Node 24, native TensorFlow with our addition, a Temporal server.
 *
 *   node scripts/setup.mjs      (npm run setup; `npm test` and `npm run demo` begin with it)
 *
 * Plain JavaScript without dependencies, for any Node from 20. What is there already is left alone. Downloads come from
 * package registries, through npm, pip, Maven and Go as they are configured here. Exit code 1: something needed is missing.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { REPOSITORY, cacheRoot } from './paths.mjs';
import { setUpBinding } from './setup/binding.mjs';
import { setUpLibtensorflow } from './setup/libtensorflow.mjs';
import { setUpNode, setUpPackages } from './setup/packages.mjs';
import { withLock } from './setup/place.mjs';
import { setUpTemporal } from './setup/temporal.mjs';

/**
 * Runs a step and prints its line. Null when it failed: its reason is printed, and steps that need it are left out.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {(result: T) => string} describe
 * @returns {Promise<T | null>}
 */
async function step(name, work, describe) {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(8);
  try {
    const result = await work();
    console.log(`${name.padEnd(18)}${seconds()}  ${describe(result)}`);
    return result;
  } catch (error) {
    console.error(`${name.padEnd(18)}${seconds()}  FAILED: ${/** @type {Error} */ (error).message}`);
    return null;
  }
}

/** @param {string} line */
const same = (line) => line;

async function tensorflow() {
  const native = await step('native TensorFlow', setUpLibtensorflow, ({ done }) => done);
  return native && step('binding', () => setUpBinding(native.folder), same);
}

/** @returns {Promise<boolean>} Whether all that every command needs is there. */
async function setUp() {
  if (!(await step('npm packages', setUpPackages, same))) return false;
  if (!(await step('Node', setUpNode, same))) return false;
  const [native, temporal] = await Promise.all([tensorflow(), step('Temporal', setUpTemporal, same)]);
  if (!temporal) console.error('Without a Temporal server, only commands that need none will work.');
  return native !== null;
}

// Two set-ups of one clone would pull node_modules from under each other.
const clone = createHash('sha256').update(REPOSITORY).digest('hex').slice(0, 16);
process.exitCode = (await withLock(join(cacheRoot(), `clone-${clone}.lock`), setUp)) ? 0 : 1;
