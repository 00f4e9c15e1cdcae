/** Fetches native TensorFlow from a package registry and keeps its libraries in the cache. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { libtensorflowFolder, onPath } from '../paths.mjs';
import { placeOnce } from './place.mjs';
import { run } from './shell.mjs';
import { unzip } from './zip.mjs';

const MINUTES = 60_000;
/** Download, unpacked and stripped libraries together. */
const NEEDED_BYTES = { cpu: 1.6e9, cuda: 9e9 };

/** The same build as the wheel's, bit for bit, for machines without Python. */
const MAVEN_ARTIFACT = 'org.tensorflow:tensorflow-core-native:1.2.0:jar:linux-x86_64';
const MAVEN_SHA256 = 'e6fc5afb04092f3427408f1947ec1e5832ed196009acfc088b4d38a516b708bd';

/** @typedef {'cpu' | 'cuda'} Flavor */

/**
 * @returns {Promise<{ folder: string, done: string }>}
 * @throws Error when no source had it; why is printed for each.
 */
export async function setUpLibtensorflow() {
  const flavor = (await hasGpu()) ? 'cuda' : 'cpu';
  const folder = libtensorflowFolder(flavor);
  const isNew = await placeOnce(folder, (temporary) => fetchInto(temporary, flavor));
  return { folder, done: `${isNew ? 'installed' : 'up to date'}: ${folder}` };
}

/** Asks the driver, because a GPU without one is of no use. */
async function hasGpu() {
  if (!onPath('nvidia-smi')) return false;
  const list = await run('nvidia-smi', ['-L'], { timeoutMs: 5000 }).catch(() => '');
  return /^GPU \d+:/m.test(list);
}

/**
 * @param {string} folder
 * @param {Flavor} flavor
 */
async function fetchInto(folder, flavor) {
  await checkMachine(dirname(folder), flavor);
  const download = join(folder, 'download');
  const sources = flavor === 'cpu' ? [fromPip, fromMaven] : [fromPip];
  for (const source of sources) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(download, { recursive: true });
    try {
      const name = await source(download, flavor);
      await unpack(download, folder);
      await writeFile(join(folder, 'SOURCE'), `${name}\n`);
      await rm(download, { recursive: true });
      return;
    } catch (error) {
      console.log(`  ${/** @type {Error} */ (error).message}`);
    }
  }
  throw new Error(
    `none of ${sources.length} sources gave native TensorFlow (${flavor}), for the reasons above. ` +
      'Install pip (apt-get install python3-pip) or Maven, or configure them for a registry this machine can reach.',
  );
}

/**
 * @param {string} folder
 * @param {Flavor} flavor
 */
async function checkMachine(folder, flavor) {
  const machine = `${process.platform}-${process.arch}`;
  if (machine !== 'linux-x64') throw new Error(`this machine is ${machine}; native TensorFlow comes for linux-x64`);
  const { bavail, bsize } = await statfs(folder);
  const gigabytes = (/** @type {number} */ bytes) => (bytes / 1e9).toFixed(1);
  if (bavail * bsize < NEEDED_BYTES[flavor]) {
    const free = `${gigabytes(bavail * bsize)} GB free in ${folder}`;
    throw new Error(`${free}, expected ${gigabytes(NEEDED_BYTES[flavor])} GB; name another place in CABOCHON_CACHE`);
  }
}

/**
 * @param {string} download
 * @param {Flavor} flavor
 */
async function fromPip(download, flavor) {
  const pip = await findPip();
  if (!pip) throw new Error('pip: not found (neither python3 -m pip nor pip on PATH)');
  const [program = '', ...first] = pip;
  const wheels = join(import.meta.dirname, `wheels-${flavor}.txt`);
  // The wheel is taken apart, not installed: its Python version need not be this machine's.
  const platforms = ['_2_28', '_2_27', '_2_25', '_2_17', '_2_12', '2014', '2010'];
  const target = [
    ...['--python-version', '311', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none'],
    ...platforms.flatMap((glibc) => ['--platform', `manylinux${glibc}_x86_64`]),
  ];
  const quick = ['--timeout', '20', '--retries', '1', '--disable-pip-version-check', '--no-cache-dir', '--quiet'];
  const exact = ['--no-deps', '--only-binary=:all:', '--require-hashes', '-r', wheels];
  const args = [...first, 'download', ...quick, ...target, ...exact, '-d', download];
  await run(program, args, { timeoutMs: (flavor === 'cpu' ? 15 : 60) * MINUTES });
  return basename(wheels);
}

async function findPip() {
  for (const command of [['python3', '-m', 'pip'], ['pip3'], ['pip']]) {
    const [program = '', ...args] = command;
    if (!onPath(program)) continue;
    if (await run(program, [...args, '--version'], { timeoutMs: 10_000 }).catch(() => '')) return command;
  }
  return null;
}

/** @param {string} download */
async function fromMaven(download) {
  if (!onPath('mvn')) throw new Error('Maven: not found (no mvn on PATH)');
  const copy = ['dependency:copy', `-Dartifact=${MAVEN_ARTIFACT}`, `-DoutputDirectory=${download}`];
  const quick = ['-Daether.connector.connectTimeout=8000', '-Daether.connector.requestTimeout=20000'];
  await run('mvn', ['--batch-mode', '--quiet', ...quick, ...copy], { timeoutMs: 15 * MINUTES });
  const [jar = ''] = await readdir(download);
  const sha256 = await hashOf(join(download, jar));
  if (sha256 !== MAVEN_SHA256) throw new Error(`${jar}: sha256 is ${sha256}, expected ${MAVEN_SHA256}`);
  return MAVEN_ARTIFACT;
}

/** @param {string} path */
async function hashOf(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Takes the libraries out of the archives. CUDA's keep the place that they have beside an installed wheel, where
 * TensorFlow looks for them: `nvidia/cublas/lib` …, and `nvidia/cuda_nvcc` with the compiler that XLA calls.
 *
 * @param {string} download
 * @param {string} folder
 */
async function unpack(download, folder) {
  for (const archive of await readdir(download)) {
    await unzip(join(download, archive), (name) => {
      const file = basename(name);
      if (/^libtensorflow_(cc|framework)\.so\.2$/.test(file)) return join(folder, 'lib', file);
      return /^nvidia\/(\w+\/lib\/|cuda_nvcc\/(bin|nvvm)\/)./.test(name) ? join(folder, name) : null;
    });
  }
  const compilers = join(folder, 'nvidia', 'cuda_nvcc', 'bin');
  if (existsSync(compilers)) for (const name of await readdir(compilers)) await chmod(join(compilers, name), 0o755);
  const libraries = ['cc', 'framework'].map((part) => join(folder, 'lib', `libtensorflow_${part}.so.2`));
  const missing = libraries.filter((path) => !existsSync(path));
  if (missing.length) throw new Error(`${missing.join(', ')}: not in the downloaded archive`);
  // Symbol tables for debuggers are a quarter of the size.
  if (onPath('strip')) await run('strip', ['--strip-all', ...libraries]);
}
