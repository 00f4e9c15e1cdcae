/** Where set-up puts its results, and where everything else finds them again. */
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/** Version of the native TensorFlow that set-up fetches. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The root of the repository. */
export const REPOSITORY = resolve(import.meta.dirname, '..');

/** `$CABOCHON_CACHE`, else `~/.cache/cabochon`: shared by all clones, because its gigabytes do not change with the code. */
export function cacheRoot() {
  return resolve(process.env.CABOCHON_CACHE || join(homedir(), '.cache', 'cabochon'));
}

/** Where pulled models lie, one folder each. */
export function modelsFolder() {
  return join(cacheRoot(), 'models');
}

/**
 * Native TensorFlow; whether it is there is not checked.
 *
 * @param {'cpu' | 'cuda'} flavor
 */
export function libtensorflowFolder(flavor) {
  return join(cacheRoot(), `libtensorflow-${TENSORFLOW_VERSION}-${flavor}`);
}

/** Where the package of TensorFlow.js looks for its native half: a link into the cache. */
export function bindingLink() {
  return join(REPOSITORY, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node');
}

/** The Temporal server that set-up puts into the cache when there is none on PATH. */
export function cachedTemporalBinary() {
  return join(cacheRoot(), 'bin', 'temporal');
}

/**
 * A Temporal CLI that can run a server: the one on PATH, else the cache's, else null.
 *
 * @returns {string | null}
 */
export function temporalBinary() {
  const found = onPath('temporal');
  if (found) return found;
  return isExecutable(cachedTemporalBinary()) ? cachedTemporalBinary() : null;
}

/**
 * The full path of a program on PATH, or null.
 *
 * @param {string} program
 * @returns {string | null}
 */
export function onPath(program) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
