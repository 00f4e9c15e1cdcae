import { describe, expect, test } from 'vitest';
import {
  Gemma3Config,
  isGlobalLayer,
  kvCacheBytes,
  parameterCount,
  parameterShapes,
} from '../../../model/gemma3/config.ts';
import { GEMMA3_SIZES } from '../../../model/gemma3/sizes.ts';

type Size = keyof typeof GEMMA3_SIZES;
const MIB = 2 ** 20;

describe('parameterCount', () => {
  // Gemma 3 technical report, table 1, in millions; it does not list the 270M.
  test.each([
    ['1b', 302, 698],
    ['4b', 671, 3209],
    ['12b', 1007, 10_759],
    ['27b', 1409, 25_600],
  ] as [Size, number, number][])('of the %s is %i + %i million', (size, embedding, others) => {
    const config = GEMMA3_SIZES[size];
    // The report's embedding column holds the image projection too from 4B on: 675, 1012, 1416.
    const embedded = config.vocabSize * config.hiddenSize;
    expect(Math.round(embedded / 1e6)).toBe(embedding);
    expect(Math.round((parameterCount(config) - embedded) / 1e6)).toBe(others);
  });

  test('of the 270M is what its published file holds', () => {
    expect(parameterCount(GEMMA3_SIZES['270m'])).toBe(268_098_176);
    expect(parameterShapes(GEMMA3_SIZES['270m']).size).toBe(236);
  });
});

test('every sixth layer is global and the last one never is', () => {
  const globalLayers = (size: Size) => {
    const config = GEMMA3_SIZES[size];
    return Array.from({ length: config.numHiddenLayers }, (_, i) => i).filter((i) => isGlobalLayer(config, i));
  };
  expect(globalLayers('270m')).toEqual([5, 11, 17]);
  expect(globalLayers('4b')).toEqual([5, 11, 17, 23, 29]);
  expect(globalLayers('27b')).toHaveLength(10);
});

describe('kvCacheBytes', () => {
  // 2 · kv heads · head dim · 2 bytes · (global · T + local · min(T, W)), in MiB; all global in the last column.
  test.each([
    ['270m', [10.5, 31.5, 103.5, 391.5], 576],
    ['1b', [15, 43, 139, 523], 832],
    ['4b', [136, 276, 756, 2676], 4352],
    ['12b', [384, 832, 2368, 8512], 12_288],
    ['27b', [496, 1056, 2976, 10_656], 15_872],
  ] as [Size, number[], number][])('of the %s in bfloat16', (size, expected, allGlobal) => {
    const config = GEMMA3_SIZES[size];
    const lengths = [1024, 8192, 32_768, 131_072];
    expect(lengths.map((tokens) => kvCacheBytes(config, tokens, 2) / MIB)).toEqual(expected);
    expect(kvCacheBytes({ ...config, slidingWindowPattern: 1 }, 32_768, 2) / MIB).toBe(allGlobal);
  });
});

describe('Gemma3Config refuses', () => {
  const config = GEMMA3_SIZES['270m'];

  test('query heads that cannot share key-value heads', () => {
    expect(() => Gemma3Config.parse({ ...config, numKeyValueHeads: 3 })).toThrow(/must divide numAttentionHeads/);
  });

  test('an odd head dimension', () => {
    expect(() => Gemma3Config.parse({ ...config, headDim: 255 })).toThrow(/must be even/);
  });

  test('a key it does not know', () => {
    expect(() => Gemma3Config.parse({ ...config, slidingWindows: 1 })).toThrow(/slidingWindows/);
  });
});
