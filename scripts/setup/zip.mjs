/** Reads zip archives (wheels, jars) without unpacking what is not wanted. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER_BYTES = 30;

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {number} method 0 stored, 8 deflated
 * @property {number} compressedBytes
 * @property {number} headerOffset
 */

/**
 * Unpacks entries of an archive.
 *
 * @param {string} archive
 * @param {(name: string) => string | null} destination Where an entry goes; null leaves it out.
 * @returns {Promise<number>} How many were unpacked.
 */
export async function unzip(archive, destination) {
  const file = await open(archive, 'r');
  let count = 0;
  try {
    for (const entry of await readDirectory(file, archive)) {
      const path = destination(entry.name);
      if (!path) continue;
      await mkdir(dirname(path), { recursive: true });
      await writeEntry(archive, file, entry, path);
      count++;
    }
  } finally {
    await file.close();
  }
  return count;
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {string} archive
 * @returns {Promise<Entry[]>}
 */
async function readDirectory(file, archive) {
  const { size } = await file.stat();
  // The end record is 22 bytes and a comment of at most 64 KiB.
  const tailBytes = Math.min(size, 22 + 0xffff);
  const tail = await readAt(file, size - tailBytes, tailBytes);
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error(`${archive}: no zip archive; delete it and try again`);
  const directoryBytes = tail.readUInt32LE(end + 12);
  const directoryOffset = tail.readUInt32LE(end + 16);
  if (directoryOffset === 0xffffffff) throw new Error(`${archive}: zip64 archive, expected one below 4 GiB`);
  const directory = await readAt(file, directoryOffset, directoryBytes);
  const entries = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY;) {
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraAndCommentBytes = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      compressedBytes: directory.readUInt32LE(at + 20),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + extraAndCommentBytes;
  }
  return entries;
}

/**
 * @param {string} archive
 * @param {import('node:fs/promises').FileHandle} file The archive, open.
 * @param {Entry} entry
 * @param {string} path
 */
async function writeEntry(archive, file, entry, path) {
  // The local header repeats the name and may have another extra field than the directory.
  const header = await readAt(file, entry.headerOffset, LOCAL_HEADER_BYTES);
  const start = entry.headerOffset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const output = createWriteStream(path);
  if (entry.compressedBytes === 0) return void output.end();
  const input = createReadStream(archive, { start, end: start + entry.compressedBytes - 1 });
  if (entry.method === 0) await pipeline(input, output);
  else if (entry.method === 8) await pipeline(input, createInflateRaw(), output);
  else throw new Error(`${entry.name}: zip method ${entry.method}, expected 0 or 8`);
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {number} position
 * @param {number} length
 */
async function readAt(file, position, length) {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}
