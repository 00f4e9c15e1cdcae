/** Finds, downloads or builds the Temporal CLI, whose dev server `cabochon up` runs. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { cachedTemporalBinary, onPath, temporalBinary } from '../paths.mjs';
import { placeOnce } from './place.mjs';
import { run } from './shell.mjs';

/** The last release that `go install` accepts: later ones replace modules in go.mod. */
const CLI_VERSION = '1.5.1';
const GO_MODULE = 'github.com/temporalio/cli';
const MINUTES = 60_000;
/** A download that brings nothing for so long has no answering server. */
const SILENCE_MS = 8_000;

/**
 * @returns {Promise<string>} What was done.
 * @throws Error when no source had it; why is printed for each.
 */
export async function setUpTemporal() {
  const found = temporalBinary();
  if (found) return `up to date: ${found} (${await temporalVersion(found)})`;
  if (process.env.TEMPORAL_ADDRESS) return 'not needed: TEMPORAL_ADDRESS names a server';
  const target = cachedTemporalBinary();
  let source = '';
  await placeOnce(target, async (temporary) => void (source = await fetchTo(temporary)));
  return `${source || 'installed by another set-up'}: ${target} (${await temporalVersion(target)})`;
}

/** @param {string} binary */
export async function temporalVersion(binary) {
  return (await run(binary, ['--version'], { timeoutMs: 10_000 })).trim();
}

/** @param {string} target */
async function fetchTo(target) {
  const sources = [
    { name: "downloaded by Temporal's SDK", fetch: downloadWithSdk },
    { name: 'built with Go', fetch: buildWithGo },
  ];
  for (const { name, fetch } of sources) {
    const folder = `${target}.folder`;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    try {
      await fetch(folder);
      const binary = await findBinary(folder);
      await chmod(binary, 0o755);
      await temporalVersion(binary);
      await rename(binary, target);
      return name;
    } catch (error) {
      console.log(`  not ${name}: ${/** @type {Error} */ (error).message.replaceAll('\n', ' ')}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new Error(
    'no source gave a Temporal server, for the reasons above. ' +
      'Install the Temporal CLI so that `temporal` is on PATH, or name a server in TEMPORAL_ADDRESS.',
  );
}

/** @param {string} folder */
async function findBinary(folder) {
  const [file, ...others] = await readdir(folder);
  if (!file || others.length) throw new Error(`${folder}: ${others.length + (file ? 1 : 0)} files, expected 1`);
  return join(folder, file);
}

/** @param {string} folder */
async function downloadWithSdk(folder) {
  const script = join(import.meta.dirname, 'temporal-download.mjs');
  await run(process.execPath, [script, folder], { timeoutMs: 5 * MINUTES, isStuck: silenceOf(folder) });
}

/**
 * Tells when a folder has not grown for SILENCE_MS.
 * @param {string} folder
 */
function silenceOf(folder) {
  let bytes = 0;
  let since = Date.now();
  return async () => {
    const sizes = await Promise.all((await readdir(folder)).map((name) => sizeOf(join(folder, name))));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== bytes) [bytes, since] = [total, Date.now()];
    return Date.now() - since > SILENCE_MS;
  };
}

/** @param {string} path */
async function sizeOf(path) {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}

/** @param {string} folder */
async function buildWithGo(folder) {
  const go = onPath('go') ?? ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find((path) => existsSync(path));
  if (!go) throw new Error('no Go on PATH');
  // A small question first, so that a module proxy that does not answer costs seconds.
  await run(go, ['list', '-m', `${GO_MODULE}@v${CLI_VERSION}`], { cwd: folder, timeoutMs: 15_000 });
  console.log('  builds the Temporal server with Go; this takes some minutes, once');
  // Without symbols, and with the version that a release build would carry.
  const flags = `-ldflags=-s -w -X ${GO_MODULE}/temporalcli.Version=${CLI_VERSION}`;
  const args = ['install', flags, `${GO_MODULE}/cmd/temporal@v${CLI_VERSION}`];
  await run(go, args, { cwd: dirname(folder), env: { GOBIN: folder }, timeoutMs: 20 * MINUTES });
}
