/**
 * Number formats of GGUF files, turned into float32. Layouts are those of ggml's `ggml-common.h`; the arithmetic gives
 * the same bits as the `gguf` package for Python.
 */

/** Turns `values.length` numbers from `bytes` into float32. */
type Decoder = (bytes: Uint8Array<ArrayBuffer>, values: Float32Array) => void;

interface NumberFormat {
  readonly name: string;
  /** Numbers that share a block, and with it a scale. */
  readonly blockLength: number;
  readonly blockBytes: number;
  readonly decode: Decoder;
}

/** The formats that can be read, by ggml's number for them. */
export const NUMBER_FORMATS: ReadonlyMap<number, NumberFormat> = new Map([
  [0, { name: 'F32', blockLength: 1, blockBytes: 4, decode: decodeF32 }],
  [1, { name: 'F16', blockLength: 1, blockBytes: 2, decode: decodeF16 }],
  [2, { name: 'Q4_0', blockLength: 32, blockBytes: 18, decode: decodeQ4_0 }],
  [6, { name: 'Q5_0', blockLength: 32, blockBytes: 22, decode: decodeQ5_0 }],
  [8, { name: 'Q8_0', blockLength: 32, blockBytes: 34, decode: decodeQ8_0 }],
  [12, { name: 'Q4_K', blockLength: 256, blockBytes: 144, decode: decodeQ4_K }],
  [13, { name: 'Q5_K', blockLength: 256, blockBytes: 176, decode: decodeQ5_K }],
  [14, { name: 'Q6_K', blockLength: 256, blockBytes: 210, decode: decodeQ6_K }],
  [30, { name: 'BF16', blockLength: 1, blockBytes: 2, decode: decodeBF16 }],
]);

const BY_NAME = new Map([...NUMBER_FORMATS.values()].map((format) => [format.name, format]));

/**
 * The `count` numbers stored in `bytes` as float32.
 *
 * @throws TypeError for a format that is not known.
 * @throws RangeError if `bytes` is not what `count` numbers need.
 */
export function dequantize(name: string, bytes: Uint8Array<ArrayBuffer>, count: number): Float32Array<ArrayBuffer> {
  const format = BY_NAME.get(name);
  if (!format) throw new TypeError(`dequantize: format ${name}, expected one of ${[...BY_NAME.keys()].join(', ')}`);
  const expected = (count / format.blockLength) * format.blockBytes;
  if (bytes.length !== expected) {
    throw new RangeError(`dequantize: ${bytes.length} bytes for ${count} numbers of ${name}, expected ${expected}`);
  }
  const values = new Float32Array(count);
  format.decode(bytes, values);
  return values;
}

function decodeF32(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  new Uint8Array(values.buffer).set(bytes);
}

function decodeF16(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = half(bytes, 2 * i);
}

/** bfloat16 is the upper half of a float32. */
function decodeBF16(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = (bytes[2 * i]! << 16) | (bytes[2 * i + 1]! << 24);
}

/** Half scale · 32 signed bytes. */
function decodeQ8_0(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  const signed = new Int8Array(bytes.buffer);
  for (let i = 0, at = 0; i < values.length; i += 32, at += 34) {
    const scale = half(bytes, at);
    for (let j = 0; j < 32; j++) values[i + j] = scale * signed[at + 2 + j]!;
  }
}

/** Half scale · (nibble − 8): low nibbles are numbers 0…15 of the block, high ones 16…31. */
function decodeQ4_0(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  for (let i = 0, at = 0; i < values.length; i += 32, at += 18) {
    const scale = half(bytes, at);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 2 + j]!;
      values[i + j] = scale * ((pair & 15) - 8);
      values[i + j + 16] = scale * ((pair >> 4) - 8);
    }
  }
}

/** Q4_0 with a fifth bit for each number in a 32-bit word: scale · (number − 16). */
function decodeQ5_0(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  for (let i = 0, at = 0; i < values.length; i += 32, at += 22) {
    const scale = half(bytes, at);
    const high = bytes[at + 2]! | (bytes[at + 3]! << 8) | (bytes[at + 4]! << 16) | (bytes[at + 5]! << 24);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 6 + j]!;
      values[i + j] = scale * (((pair & 15) | (((high >>> j) & 1) << 4)) - 16);
      values[i + j + 16] = scale * (((pair >> 4) | (((high >>> (j + 16)) & 1) << 4)) - 16);
    }
  }
}

/** 8 groups of 32 numbers: d · scale · nibble − dMin · min, scales and minima of 6 bits in 12 bytes. */
function decodeQ4_K(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  const groups = new Float64Array(16);
  for (let i = 0, at = 0; i < values.length; i += 256, at += 144) {
    unpackGroups(bytes, at, groups);
    for (let group = 0; group < 8; group += 2) {
      const from = at + 16 + group * 16;
      const to = i + group * 32;
      for (let j = 0; j < 32; j++) {
        const pair = bytes[from + j]!;
        values[to + j] = groups[group]! * (pair & 15) - groups[8 + group]!;
        values[to + 32 + j] = groups[group + 1]! * (pair >> 4) - groups[9 + group]!;
      }
    }
  }
}

/** Q4_K with a fifth bit: byte j of 32 holds that of number j of each of the 8 groups. */
function decodeQ5_K(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  const groups = new Float64Array(16);
  for (let i = 0, at = 0; i < values.length; i += 256, at += 176) {
    unpackGroups(bytes, at, groups);
    for (let group = 0; group < 8; group += 2) {
      const from = at + 48 + group * 16;
      const to = i + group * 32;
      for (let j = 0; j < 32; j++) {
        const pair = bytes[from + j]!;
        const high = bytes[at + 16 + j]! >> group;
        values[to + j] = groups[group]! * ((pair & 15) | ((high & 1) << 4)) - groups[8 + group]!;
        values[to + 32 + j] = groups[group + 1]! * ((pair >> 4) | ((high & 2) << 3)) - groups[9 + group]!;
      }
    }
  }
}

/** Into `groups`: d · scale of each of the 8 groups, then dMin · min of each. */
function unpackGroups(bytes: Uint8Array<ArrayBuffer>, at: number, groups: Float64Array): void {
  const [d, dMin, packed] = [half(bytes, at), half(bytes, at + 2), at + 4];
  for (let j = 0; j < 4; j++) {
    const [scale, min, rest] = [bytes[packed + j]!, bytes[packed + 4 + j]!, bytes[packed + 8 + j]!];
    groups[j] = d * (scale & 63);
    groups[8 + j] = dMin * (min & 63);
    // The upper two bits of the first four groups' bytes belong to the last four groups.
    groups[4 + j] = d * ((rest & 15) | ((scale >> 6) << 4));
    groups[12 + j] = dMin * ((rest >> 4) | ((min >> 6) << 4));
  }
}

/** 16 groups of 16 numbers: d · scale · (6-bit number − 32), four bits in one place and two in another. */
function decodeQ6_K(bytes: Uint8Array<ArrayBuffer>, values: Float32Array): void {
  const signed = new Int8Array(bytes.buffer);
  for (let i = 0, at = 0; i < values.length; i += 256, at += 210) {
    const d = half(bytes, at + 208);
    for (let part = 0; part < 2; part++) {
      const [low, high, scales, to] = [at + 64 * part, at + 128 + 32 * part, at + 192 + 8 * part, i + 128 * part];
      for (let j = 0; j < 32; j++) {
        const [first, second, bits, group] = [
          bytes[low + j]!,
          bytes[low + 32 + j]!,
          bytes[high + j]!,
          scales + (j >> 4),
        ];
        values[to + j] = d * signed[group]! * (((first & 15) | ((bits & 3) << 4)) - 32);
        values[to + j + 32] = d * signed[group + 2]! * (((second & 15) | ((bits & 12) << 2)) - 32);
        values[to + j + 64] = d * signed[group + 4]! * (((first >> 4) | (bits & 48)) - 32);
        values[to + j + 96] = d * signed[group + 6]! * (((second >> 4) | ((bits & 192) >> 2)) - 32);
      }
    }
  }
}

/** Every float16 as a number, by its bits. */
const HALVES = Float32Array.from({ length: 65_536 }, (_, bits) => {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -14 * (fraction / 1024);
});

function half(bytes: Uint8Array<ArrayBuffer>, at: number): number {
  return HALVES[bytes[at]! | (bytes[at + 1]! << 8)]!;
}
