/** npm packages, and the Node that runs everything after set-up. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { REPOSITORY } from '../paths.mjs';
import { run } from './shell.mjs';

const MODULES = join(REPOSITORY, 'node_modules');
/** `npm run` and the scripts' first lines find this one before any other Node. */
const NODE = join(MODULES, 'node/bin/node');
const NEEDED_NODE = 24;
const MINUTES = 60_000;

/** @returns {Promise<string>} What was done. */
export async function setUpPackages() {
  const different = differences();
  if (!different.length) return 'up to date';
  // Install scripts would start downloads from elsewhere; what they are needed for is done by the steps after this.
  await run('npm', ['ci', '--ignore-scripts'], { cwd: REPOSITORY, timeoutMs: 15 * MINUTES });
  const left = differences();
  if (left.length) throw new Error(`npm ci: ended well, but ${left[0]}`);
  return `installed, because ${different[0]}`;
}

/** Where node_modules is not what the lock file says. Packages for other platforms may be absent. */
function differences() {
  const wanted = packagesOf(join(REPOSITORY, 'package-lock.json'));
  const installed = packagesOf(join(MODULES, '.package-lock.json'));
  if (!Object.keys(installed).length) return ['there is no node_modules'];
  return Object.entries(wanted).flatMap(([path, { version, optional, devOptional, link }]) => {
    const found = installed[path]?.version;
    if (!path || link || found === version || (!found && (optional || devOptional))) return [];
    return [`${path} is ${found ?? 'absent'}, the lock file says ${version}`];
  });
}

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockEntry
 * @param {string} path
 * @returns {Record<string, LockEntry>}
 */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return {};
  }
}

/** @returns {Promise<string>} What was done. */
export async function setUpNode() {
  const has = await versionOf(NODE);
  if (has >= NEEDED_NODE) return `up to date: ${NODE}`;
  let failure = '';
  try {
    await run('npm', ['rebuild', 'node', '--ignore-scripts=false'], { cwd: REPOSITORY, timeoutMs: 10 * MINUTES });
  } catch (error) {
    failure = /** @type {Error} */ (error).message;
  }
  if ((await versionOf(NODE)) >= NEEDED_NODE) return `installed: ${NODE}`;
  if (Number.parseInt(process.versions.node) < NEEDED_NODE) {
    throw new Error(
      `Node: this is ${process.version}, expected at least ${NEEDED_NODE}, and the package that brings one gave none; ` +
        `run set-up with a Node ${NEEDED_NODE}.\n${failure}`,
    );
  }
  await mkdir(dirname(NODE), { recursive: true });
  await rm(NODE, { force: true });
  await symlink(process.execPath, NODE);
  return `linked to ${process.execPath}, as the package gave none for this machine`;
}

/** @param {string} node */
async function versionOf(node) {
  try {
    accessSync(node, constants.X_OK);
    return Number.parseInt((await run(node, ['--version'], { timeoutMs: 10_000 })).slice(1));
  } catch {
    return 0;
  }
}
