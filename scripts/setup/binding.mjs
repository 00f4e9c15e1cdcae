/** Compiles the native half of TensorFlow.js: the stock sources with our edits, and our addition in native/. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { REPOSITORY, bindingLink, cacheRoot, onPath } from '../paths.mjs';
import { placeOnce, replaceFile } from './place.mjs';
import { run } from './shell.mjs';
import { BINDING_EDITS, SCRIPT_EDITS, applyEdits } from './stock-edits.mjs';

const PACKAGE = join(REPOSITORY, 'node_modules/@tensorflow/tfjs-node-gpu');
const NODE_HEADERS = join(REPOSITORY, 'node_modules/node-api-headers/include');
const OURS = join(REPOSITORY, 'native');
/** TensorFlow's C API, which not every source of the library brings along. */
const TENSORFLOW_HEADERS = join(OURS, 'include');

// nodelete: Node unloads an addon when the worker thread that loaded it ends, but TensorFlow has left functions to be
// called at the end of the process, and calling them would crash it.
const COMPILER_FLAGS = [...['-std=c++17', '-O2', '-fPIC', '-shared', '-Wall', '-DNAPI_VERSION=8'], '-Wl,-z,nodelete'];

/**
 * Builds the binding where sources, flags or library changed, and puts it where the package looks for it.
 *
 * @param {string} tensorflow Folder with the `lib/` of native TensorFlow.
 * @returns {Promise<string>} What was done.
 */
export async function setUpBinding(tensorflow) {
  const sources = await editedSources();
  const flags = [...COMPILER_FLAGS, ...linkerFlags(tensorflow)];
  const built = join(cacheRoot(), 'native', digest(sources, flags), 'tfjs_binding.node');
  const isNew = await placeOnce(dirname(built), (folder) => compile(folder, sources, flags));
  const linked = await link(built);
  const edited = await editScripts();
  const done = [isNew && 'compiled', linked && 'linked', edited && 'scripts adapted to Node 24'].filter(Boolean);
  return done.length ? `${done.join(', ')}: ${built}` : `up to date: ${built}`;
}

/** Stock sources with the edits applied, and ours, by file name. */
async function editedSources() {
  /** @type {Map<string, string>} */
  const sources = new Map();
  for (const folder of [join(PACKAGE, 'binding'), OURS]) {
    for (const name of (await readdir(folder)).filter((file) => /\.(cc|h)$/.test(file)).sort()) {
      if (sources.has(name)) throw new Error(`native/${name}: the stock binding has a file of this name; rename ours`);
      sources.set(name, applyEdits(await readFile(join(folder, name), 'utf8'), BINDING_EDITS[name] ?? [], name));
    }
  }
  const missing = Object.keys(BINDING_EDITS).filter((name) => !sources.has(name));
  if (missing.length) throw new Error(`${PACKAGE}/binding: no ${missing.join(', ')}; reinstall the npm packages`);
  return sources;
}

/** @param {string} tensorflow */
function linkerFlags(tensorflow) {
  const library = join(tensorflow, 'lib');
  const names = ['cc', 'framework'].map((part) => `-l:libtensorflow_${part}.so.2`);
  return [`-L${library}`, `-Wl,-rpath,${library}`, ...names];
}

/**
 * Names a build by what goes into it, so that clones with equal sources share one.
 *
 * @param {Map<string, string>} sources
 * @param {string[]} flags
 */
function digest(sources, flags) {
  const hash = createHash('sha256');
  for (const flag of flags) hash.update(`${flag}\0`);
  for (const [name, text] of sources) hash.update(`${name}\0${text}\0`);
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {string} folder
 * @param {Map<string, string>} sources
 * @param {string[]} flags
 */
async function compile(folder, sources, flags) {
  const compiler = process.env.CXX ?? onPath('g++') ?? onPath('clang++');
  if (!compiler) throw new Error('no C++ compiler: neither g++ nor clang++ on PATH; install one (apt-get install g++)');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of sources) await writeFile(join(folder, name), text);
  const files = [...sources.keys()].filter((name) => name.endsWith('.cc'));
  const headers = [NODE_HEADERS, TENSORFLOW_HEADERS].map((include) => `-isystem${include}`);
  // Libraries are searched for the symbols of the files before them.
  await run(compiler, [...headers, ...files, ...flags, '-o', 'tfjs_binding.node'], { cwd: folder });
}

/** @param {string} built */
async function link(built) {
  const path = bindingLink();
  if ((await readlink(path).catch(() => null)) === built && existsSync(path)) return false;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await rm(temporary, { force: true });
  await symlink(built, temporary);
  await rename(temporary, path);
  return true;
}

async function editScripts() {
  let changed = false;
  for (const [name, edits] of Object.entries(SCRIPT_EDITS)) {
    const path = join(PACKAGE, name);
    const text = await readFile(path, 'utf8');
    if (edits.every(({ replace }) => text.includes(replace))) continue;
    await replaceFile(path, applyEdits(text, edits, name));
    changed = true;
  }
  return changed;
}
