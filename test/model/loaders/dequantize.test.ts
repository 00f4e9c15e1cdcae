import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dequantize, NUMBER_FORMATS } from '../../../model/loaders/dequantize.ts';

interface Golden {
  readonly formats: Readonly<Record<string, { readonly bytes: string; readonly values: string }>>;
}
const golden = JSON.parse(readFileSync(new URL('../../golden/dequantize.json', import.meta.url), 'utf8')) as Golden;

describe('dequantize', () => {
  test('has a golden block for every format', () => {
    expect(Object.keys(golden.formats).sort()).toEqual([...NUMBER_FORMATS.values()].map(({ name }) => name).sort());
  });

  test.each(Object.entries(golden.formats))(
    '%s gives the numbers of the gguf package, to the bit',
    (name, { bytes, values }) => {
      const expected = new Float32Array(new Uint8Array(Buffer.from(values, 'hex')).buffer);
      const found = dequantize(name, new Uint8Array(Buffer.from(bytes, 'hex')), expected.length);
      expect([...found]).toEqual([...expected]);
    },
  );

  test('reads the special numbers of float16', () => {
    // +0, −0, largest, smallest subnormal, −infinity, NaN
    const bytes = new Uint8Array(new Uint16Array([0x0000, 0x8000, 0x7bff, 0x0001, 0xfc00, 0x7e00]).buffer);
    expect([...dequantize('F16', bytes, 6)]).toEqual([0, -0, 65_504, 2 ** -24, -Infinity, NaN]);
  });

  test('refuses a format it does not know, by name', () => {
    expect(() => dequantize('Q2_K', new Uint8Array(84), 256)).toThrow(/format Q2_K, expected one of F32/);
  });

  test('refuses bytes that are too many or too few', () => {
    expect(() => dequantize('Q8_0', new Uint8Array(33), 32)).toThrow(/33 bytes for 32 numbers of Q8_0, expected 34/);
  });
});
