import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What holds a worker beyond the isolate. The first ones always hold: without them there is no worker. */
export interface Protections {
  /** Most private memory of a worker, in MiB (RLIMIT_DATA): what escapes V8's accounting ends at it. */
  readonly dataMb: number;
  /** Whether workers have a network namespace of their own, without any interface; else why not. */
  readonly network: 'none' | 'reachable';
}

/**
 * Private mappings of a worker with one isolate, in MiB. V8 reserves 512 for the code of each of three isolates (its own, the
 * watchdog's, the program's) and touches few of them: a worker at rest has 90 in memory.
 */
const REST_MB = 1750;

/** V8 goes past its limit for a moment, and a program may have as much outside the heap as in it. */
const PER_MEMORY_MB = 4;

/** Code that a shell runs before it becomes the worker: sets each limit, reads it back, and gives up if it differs. */
const SHELL = `
trap 'exit 97' EXIT
hold() { ulimit "$1" "$2" && test "$(ulimit "$1")" = "$2" || exit 97; }
hold -c 0
hold -f 0
hold -n 64
hold -d "$1"
shift
unset PWD OLDPWD
exec "$@"`;

/** The exit code of a limit that cannot be set. */
export const LIMIT_NOT_SET = 97;

const NAMESPACES = [
  ['unshare', '-n'],
  ['unshare', '-r', '-n'],
] as const;

/** What this machine allows. Asks once. */
export function findProtections(memoryMb: number): Protections {
  return { dataMb: REST_MB + PER_MEMORY_MB * memoryMb, network: namespace() ? 'none' : 'reachable' };
}

let found: readonly string[] | null | undefined;
function namespace(): readonly string[] | null {
  found ??= NAMESPACES.find(([command, ...options]) => spawnSync(command, [...options, 'true']).status === 0) ?? null;
  return found;
}

/** Starts a worker in an empty folder, with an empty environment and only the files that it is made of to read. */
export function launch(protections: Protections, folder: string): ChildProcess {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const require = createRequire(import.meta.url);
  const packages = ['isolated-vm', 'node-gyp-build', 'lodash'].map((name) => packageFolder(require, name));
  const readable = [
    here,
    resolve(here, '../package.json'),
    ...packages,
    dirname(process.execPath),
    '/etc/alpine-release',
  ];
  const node = [
    process.execPath,
    '--permission',
    '--allow-addons',
    '--allow-worker',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--disable-warning=SecurityWarning',
    '--disable-warning=ExperimentalWarning',
    '--single-threaded', // what V8 does for a program is done in its thread, whose CPU time is what is limited
    '--random-seed=1', // Math.random gives the same numbers in each isolate: a verdict is the same each time
    join(here, 'worker/main.ts'),
  ];
  const shell = ['sh', '-c', SHELL, 'sh', String(protections.dataMb * 1024), ...node];
  const [command = 'sh', ...given] = protections.network === 'none' ? [...(namespace() ?? []), ...shell] : shell;
  return spawn(command, given, {
    cwd: folder,
    env: { PATH: process.env.PATH, TZ: 'UTC', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  });
}

export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'cabochon-sandbox-'));
}

function packageFolder(require: NodeJS.Require, name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}
