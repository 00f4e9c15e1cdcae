import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KNOWN_MODELS } from './known-models.ts';
import { ensureTinyCheckpoint } from './tiny-preset.ts';
import { cacheRoot } from '../../scripts/paths.mjs';

/** One line of `cabochon model list`. */
export interface ListedModel {
  readonly name: string;
  readonly description: string;
  /** Who can be asked for it, in order. */
  readonly sources: readonly string[];
  /** Where it lies; null if it has not been pulled. */
  readonly path: string | null;
  /** On disk; 0 if it has not been pulled. */
  readonly bytes: number;
}

/** The models that have a name, and which of them are in the cache. */
export function listModels(cache = cacheRoot()): ListedModel[] {
  return [...KNOWN_MODELS].map(([name, { description, hub, packaged, size }]) => {
    const folder = join(cache, 'models', name);
    const sources = [hub && 'Hugging Face hub', packaged && 'Python package index', !size && 'made on the spot'];
    const present = existsSync(folder);
    return {
      name,
      description,
      sources: sources.filter((source) => typeof source === 'string'),
      path: present ? modelPath(folder) : null,
      bytes: present ? folderBytes(folder) : 0,
    };
  });
}

/**
 * Path of a model given by name or by path, for `openCheckpoint`. The tiny preset is made when it is missing; other
 * models have to be pulled before.
 *
 * @throws RangeError if there is no such model or file, or it has not been pulled: the message says what to do.
 */
export async function resolveModel(nameOrPath: string, cache = cacheRoot()): Promise<string> {
  const model = KNOWN_MODELS.get(nameOrPath);
  if (!model) {
    if (existsSync(nameOrPath)) return modelPath(resolve(nameOrPath));
    throw unknownModel(nameOrPath);
  }
  const folder = join(cache, 'models', nameOrPath);
  if (!model.size) {
    await ensureTinyCheckpoint(folder);
    return folder;
  }
  if (existsSync(folder)) return modelPath(folder);
  throw new RangeError(`model ${nameOrPath}: not in ${cache} yet; run: cabochon model pull ${nameOrPath}`);
}

/** What to open in a folder: the one `.gguf` file in it, else the folder itself. A file is itself. */
export function modelPath(path: string): string {
  if (!statSync(path).isDirectory()) return path;
  const names = readdirSync(path);
  const [gguf, another] = names.filter((name) => name.endsWith('.gguf'));
  return gguf && !another && !names.includes('config.json') ? join(path, gguf) : path;
}

/** The error for a name nobody knows. */
export function unknownModel(nameOrPath: string): RangeError {
  return new RangeError(
    `model ${nameOrPath}: no such folder or .gguf file, and no known name; known are ${[...KNOWN_MODELS.keys()].join(', ')}`,
  );
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
