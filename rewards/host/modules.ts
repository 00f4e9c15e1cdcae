import { existsSync, readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes, type LoadHookSync, type ResolveHookSync } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { ModuleSource } from './messages.ts';

/** What plugins import by our name, wherever they lie. */
const OURS: ReadonlyMap<string, string> = new Map([
  ['cabochon/sdk', import.meta.resolve('../../sdk/reward.ts')],
  ['cabochon/sdk/testing', import.meta.resolve('../../sdk/testing.ts')],
]);

/** What a module and everything below it was loaded from. */
export interface ModuleGraph {
  /** Its own file and those it reaches by relative paths. */
  readonly sources: ModuleSource[];
  /** `name@version` of the packages that those import. */
  readonly packages: Set<string>;
}

/** Makes a module of a reward another than the same file where the host itself uses it, whose loading nobody saw. */
const MARK = '?reward';

/** How a reward is imported so that `trackModules` sees it. */
export function trackedUrl(file: string): string {
  return pathToFileURL(file).href + MARK;
}

/** A place in a module that is loaded so, as its author knows it. */
export function untracked(place: string): string {
  return place.replace(MARK, '');
}

/**
 * Takes over how modules are found and loaded from here on, and notes what is loaded below `entry`.
 *
 * `cabochon/sdk` is always ours, and `zod` is ours where the plugin's author installed none: a plugin needs no
 * installation to run. TypeScript may also lie in a package, and a `.ts` file is an ES module whatever its package.json
 * says: `npm init` writes `"type": "commonjs"`. With `frozen`, files are as they were then, whatever the disk holds now.
 */
export function trackModules(entry: string, frozen: readonly ModuleSource[] | null): ModuleGraph {
  const graph: ModuleGraph = { sources: [], packages: new Set() };
  const own = new Set([trackedUrl(entry)]);
  const kept = new Map(frozen?.map((source) => [source.path, source]));

  const resolve: ResolveHookSync = (specifier, context, nextResolve) => {
    const isOwn = context.parentURL !== undefined && own.has(context.parentURL);
    const ours = OURS.get(specifier);
    if (ours !== undefined) {
      if (isOwn) graph.packages.add(packageOf(fileURLToPath(ours)));
      return { url: ours, shortCircuit: true };
    }
    const found = orOurZod(specifier, () => nextResolve(specifier, context), nextResolve);
    if (!isOwn || !found.url.startsWith('file:')) return found;
    if (/^(\.|\/|#|file:)/.test(specifier)) {
      const url = found.url.endsWith(MARK) ? found.url : found.url + MARK;
      own.add(url);
      return { ...found, url };
    }
    graph.packages.add(packageOf(fileURLToPath(found.url)));
    return found;
  };

  const load: LoadHookSync = (url, context, nextLoad) => {
    const file = url.startsWith('file:') ? fileURLToPath(url) : '';
    const before = own.has(url) ? kept.get(file) : undefined;
    // Node itself refuses to strip types in a package.
    const stripsTypes = /\.m?ts$/.test(file) && file.includes('/node_modules/');
    const loaded = before
      ? { format: before.format, source: before.text, shortCircuit: true }
      : stripsTypes
        ? { format: 'module', source: readFileSync(file, 'utf8'), shortCircuit: true }
        : nextLoad(url, /\.ts$/.test(file) ? { ...context, format: 'module-typescript' } : context);
    const text = loaded.source ? textOf(loaded.source) : file && readFileSync(file, 'utf8'); // CommonJS brings none
    if (own.has(url)) graph.sources.push({ path: file, text, format: loaded.format ?? 'module' });
    return stripsTypes ? { ...loaded, source: stripTypeScriptTypes(text) } : loaded;
  };
  registerHooks({ resolve, load });
  return graph;
}

function orOurZod<Result>(
  specifier: string,
  find: () => Result,
  nextResolve: (specifier: string, context: { parentURL: string }) => Result,
): Result {
  try {
    return find();
  } catch (error) {
    if (!/^zod(\/|$)/.test(specifier)) throw error;
    return nextResolve(specifier, { parentURL: import.meta.url });
  }
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray): string {
  if (typeof source === 'string') return source;
  return source instanceof ArrayBuffer
    ? Buffer.from(source).toString('utf8')
    : Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('utf8');
}

/** `name@version` of the package that a file belongs to. */
function packageOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
    if (name !== undefined) return `${name}@${version ?? 'unknown'}`;
  }
  return file;
}
