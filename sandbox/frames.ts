import { readSync, writeSync } from 'node:fs';

/** Messages on a pipe: four bytes of length, little end first, then JSON. */
const HEADER = 4;

/** Longer ones are refused on both sides: a length that was never meant as one must not be waited for. */
export const MOST_BYTES = 64 * 2 ** 20;

/** By this a worker ends itself between two jobs, when it does not trust itself any more. */
export const RETIRED = 'SIGUSR2';

export function frame(message: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  if (text.length > MOST_BYTES)
    throw new RangeError(`sandbox: a message of ${text.length} bytes, expected at most ${MOST_BYTES}`);
  const framed = Buffer.allocUnsafe(HEADER + text.length);
  framed.writeUInt32LE(text.length);
  text.copy(framed, HEADER);
  return framed;
}

/** Cuts a stream of bytes into messages. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);

  push(more: Buffer): unknown[] {
    this.#bytes = this.#bytes.length === 0 ? more : Buffer.concat([this.#bytes, more]);
    const messages: unknown[] = [];
    let at = 0;
    while (this.#bytes.length - at >= HEADER) {
      const length = this.#bytes.readUInt32LE(at);
      if (length > MOST_BYTES) throw new RangeError(`sandbox: got a message of ${length} bytes`);
      if (this.#bytes.length - at - HEADER < length) break;
      messages.push(JSON.parse(this.#bytes.toString('utf8', at + HEADER, at + HEADER + length)));
      at += HEADER + length;
    }
    this.#bytes = this.#bytes.subarray(at);
    return messages;
  }
}

/** Waits for bytes on a blocking descriptor, and gives the messages they complete; null at its end. */
export function readFrames(descriptor: number, reader: FrameReader, buffer: Buffer): unknown[] | null {
  const count = readSync(descriptor, buffer);
  return count === 0 ? null : reader.push(Buffer.from(buffer.subarray(0, count)));
}

export function writeFrame(descriptor: number, message: unknown): void {
  const bytes = frame(message);
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}
