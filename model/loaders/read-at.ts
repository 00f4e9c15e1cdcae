import { open } from 'node:fs/promises';
import { BadFileError } from './tensor-source.ts';

// One read call of Linux gives at most 2 GiB.
const MAX_READ = 1 << 30;

/**
 * `length` bytes of a file from `position` on, in memory of their own, so that typed arrays fit on them.
 *
 * @throws BadFileError if the file ends before that.
 */
export async function readAt(path: string, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const file = await open(path);
  try {
    for (let done = 0; done < length;) {
      const { bytesRead } = await file.read(bytes, done, Math.min(length - done, MAX_READ), position + done);
      if (bytesRead === 0) {
        throw new BadFileError(
          `${path}: ends at byte ${position + done}, expected ${position + length} or more; the file is cut off, fetch it again`,
        );
      }
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
  return bytes;
}
