import { existsSync } from 'node:fs';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

import { modelsFolder } from '../../scripts/paths.mjs';
import { type Check, gigabytes } from './check.ts';

/** Peak of training the 270M model with Adam on batches of a thousand tokens, beside the rest of the system. */
const COMFORTABLE_MEMORY = 10e9;
/** A checkpoint of the 270M model with its optimizer moments is 3.2 GB, and a run keeps a few. */
const COMFORTABLE_DISK = 15e9;
const NEEDED_DISK = 2e9;

export async function checkMemory(): Promise<Check> {
  const free = await availableMemory();
  const found = `${gigabytes(free)} free of ${gigabytes(totalmem())}, ${availableParallelism()} cores`;
  if (free >= COMFORTABLE_MEMORY) return { name: 'memory', status: 'ok', found };
  const advice = `training the 270M model takes about ${gigabytes(COMFORTABLE_MEMORY)}; end other programs, or use smaller batches`;
  return { name: 'memory', status: 'warning', found, advice };
}

/** What programs can get without swapping. `freemem` counts the file cache as used where Linux knows better. */
async function availableMemory(): Promise<number> {
  const info = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(info)?.[1];
  return kibibytes ? Number(kibibytes) * 1024 : freemem();
}

export async function checkDisk(name: string, folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(nearestExisting(folder));
  const free = bavail * bsize;
  const found = `${gigabytes(free)} free in ${folder}`;
  if (free >= COMFORTABLE_DISK) return { name, status: 'ok', found };
  const advice = `runs and models want about ${gigabytes(COMFORTABLE_DISK)}; make room, or choose another place (--workspace, CABOCHON_CACHE)`;
  return { name, status: free < NEEDED_DISK ? 'missing' : 'warning', found, advice };
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(dirname(folder));
}

/** Models that can be used without a download. */
export async function checkModels(): Promise<Check> {
  const names = await readdir(modelsFolder()).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => ({ name, bytes: await bytesIn(join(modelsFolder(), name)) })),
  );
  const there = sizes.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => `${name} (${gigabytes(bytes)})`);
  if (there.length) return { name: 'models', status: 'ok', found: `${there.join(', ')} in ${modelsFolder()}` };
  const advice = 'run: npm run cabochon -- model pull gemma-3-270m';
  return { name: 'models', status: 'warning', found: `none in ${modelsFolder()}`, advice };
}

async function bytesIn(path: string): Promise<number> {
  const info = await stat(path);
  if (!info.isDirectory()) return 0;
  const files = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
