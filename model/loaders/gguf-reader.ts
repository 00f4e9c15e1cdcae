import { closeSync, openSync, readSync } from 'node:fs';
import type { GgufValue } from './gguf.ts';
import { BadFileError } from './tensor-source.ts';

const WINDOW = 1 << 20;
const ARRAY = 9;
const STRING = 8;

/** Bytes that the shortest value of each metadata type takes; arrays and strings start with their length. */
const VALUE_BYTES: Readonly<Record<number, number>> = {
  0: 1, // u8
  1: 1, // i8
  2: 2, // u16
  3: 2, // i16
  4: 4, // u32
  5: 4, // i32
  6: 4, // f32
  7: 1, // bool
  [STRING]: 8,
  [ARRAY]: 12,
  10: 8, // u64
  11: 8, // i64
  12: 8, // f64
};

/** Reads the head of a GGUF file value by value, through a window of 1 MiB. Errors name the file and the byte. */
export class GgufReader {
  readonly path: string;
  /** Of the next byte. */
  position = 0;
  private readonly size: number;
  private readonly file: number;
  private window: Buffer = Buffer.alloc(0);
  private windowStart = 0;

  constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
    this.file = openSync(path, 'r');
  }

  close(): void {
    closeSync(this.file);
  }

  fail(problem: string): never {
    throw new BadFileError(`${this.path}: ${problem} (at byte ${this.position} of the head)`);
  }

  /** The next `length` bytes. Valid until the next call. */
  bytes(length: number, what: string): Buffer {
    if (this.position + length > this.size) {
      this.fail(`ends inside ${what}; the file is cut off or damaged, fetch it again`);
    }
    if (this.position + length > this.windowStart + this.window.length) this.fill(length);
    const from = this.position - this.windowStart;
    this.position += length;
    return this.window.subarray(from, from + length);
  }

  u32(what: string): number {
    return this.bytes(4, what).readUInt32LE();
  }

  u64(what: string): number {
    return this.safe(this.bytes(8, what).readBigUInt64LE(), what);
  }

  /** A number of things that take at least `minBytes` each: more than fit in the rest of the file is refused. */
  count(minBytes: number, what: string): number {
    const count = this.u64(what);
    if (count * minBytes > this.size - this.position)
      this.fail(`says ${what} is ${count}, more than the file can hold`);
    return count;
  }

  string(what: string): string {
    return this.bytes(this.count(1, `the length of ${what}`), what).toString('utf8');
  }

  /** A metadata value of the given type. `depth` bounds arrays of arrays. */
  value(type: number, key: string, depth = 0): GgufValue {
    if (type === STRING) return this.string(key);
    if (type === ARRAY) return this.array(key, depth);
    const bytes = this.bytes(VALUE_BYTES[type] ?? this.fail(`gives ${key} the unknown type ${type}`), key);
    switch (type) {
      case 0:
        return bytes.readUInt8();
      case 1:
        return bytes.readInt8();
      case 2:
        return bytes.readUInt16LE();
      case 3:
        return bytes.readInt16LE();
      case 4:
        return bytes.readUInt32LE();
      case 5:
        return bytes.readInt32LE();
      case 6:
        return bytes.readFloatLE();
      case 7:
        return bytes.readUInt8() !== 0;
      case 10:
        return this.safe(bytes.readBigUInt64LE(), key);
      case 11:
        return this.safe(bytes.readBigInt64LE(), key);
      default:
        return bytes.readDoubleLE();
    }
  }

  private array(key: string, depth: number): GgufValue[] {
    if (depth === 4) this.fail(`nests arrays of ${key} too deeply`);
    const type = this.u32(`the element type of ${key}`);
    const count = this.count(VALUE_BYTES[type] ?? this.fail(`gives ${key} elements of unknown type ${type}`), key);
    const values = new Array<GgufValue>(count);
    for (let i = 0; i < count; i++) values[i] = this.value(type, key, depth + 1);
    return values;
  }

  private safe(value: bigint, what: string): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) this.fail(`has ${value} for ${what}, more than 2^53`);
    return number;
  }

  /** Moves the window to `position`; it holds `length` bytes and, where the file has them, at least 1 MiB. */
  private fill(length: number): void {
    this.window = Buffer.alloc(Math.min(Math.max(length, WINDOW), this.size - this.position));
    this.windowStart = this.position;
    for (let done = 0; done < this.window.length;) {
      const read = readSync(this.file, this.window, done, this.window.length - done, this.windowStart + done);
      if (read === 0) this.fail('became shorter while it was read');
      done += read;
    }
  }
}
