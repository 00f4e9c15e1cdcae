import { existsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

import { tinyTokenizer } from '../model/checkpoints/tiny-preset.ts';
import { writeCheckpoint } from '../model/checkpoints/write-checkpoint.ts';
import { type Gemma3Config, parameterCount, parameterShapes } from '../model/gemma3/config.ts';
import { GEMMA3_SIZES } from '../model/gemma3/sizes.ts';
import { cacheRoot } from '../scripts/paths.mjs';
import type { BenchContext } from './bench.ts';
import { ours } from './ours/command.ts';
import type { SftInput } from './ours/sft.ts';
import { type BenchRecord, checkRecord, rounded, type Table } from './record.ts';
import { Side, SideFailure } from './side.ts';

/** The 270M's layers, but few of them and few tokens to choose from, so that each size can be grown on its own. */
const BASE: Shape = { batch: 8, tokens: 128, layers: 6, vocabulary: 16_384 };

interface Shape {
  readonly batch: number;
  readonly tokens: number;
  readonly layers: number;
  readonly vocabulary: number;
}

/** What grows, and through which sizes. Long texts one at a time. */
const SERIES: Readonly<Record<keyof Shape, { readonly base?: Partial<Shape>; readonly sizes: readonly number[] }>> = {
  batch: { sizes: [1, 2, 4, 8, 16, 32] },
  tokens: { base: { batch: 1 }, sizes: [128, 256, 512, 1024, 2048, 4096, 8192] },
  layers: { sizes: [6, 12, 18, 24] },
  vocabulary: { sizes: [16_384, 32_768, 65_536, 131_072, 262_144] },
};

/** A series ends where a point takes longer, or where the next might leave less memory than this. */
const LONGEST_SECONDS = 60;
const SPARE_BYTES = 2 * 2 ** 30;

interface Point {
  readonly size: number;
  readonly seconds: number;
  readonly peakGiB: number;
  readonly parameters: number;
  /** The side's versions and precision. */
  readonly about: unknown;
}

/** Time and memory of a training step against batch, text length, layers and vocabulary, and what each grows with. */
export async function run(context: BenchContext): Promise<BenchRecord> {
  const repeats = context.repeats ?? 2;
  const parts: Record<string, number> = {};
  const tables: Table[] = [];
  let about: unknown;
  for (const [axis, { base, sizes }] of Object.entries(SERIES)) {
    const { points, stopped } = await measureSeries(axis as keyof Shape, { ...BASE, ...base }, sizes, repeats, context);
    const table = tableOf(axis, { ...BASE, ...base }, points, stopped);
    context.log(`  ${table.title}`);
    parts[axis] = exponent(points, 'seconds');
    tables.push(table);
    about = points[0]?.about;
  }
  const steepest = Math.max(...Object.values(parts));
  return checkRecord({
    ...{ name: 'growth', ours: steepest, peers: { quadratic: 2 }, ratio: rounded(2 / steepest), n: repeats },
    ...{ unit: 'largest exponent of time', parts, tables, details: { about } },
  });
}

function tableOf(axis: string, shape: Shape, points: readonly Point[], stopped: string): Table {
  const others = Object.entries(shape).filter(([name]) => name !== axis);
  const fixed = others.map(([name, value]) => `${name} ${value}`).join(', ');
  const power = (value: 'seconds' | 'peakGiB') => (Math.round(100 * exponent(points, value)) / 100 || 0).toFixed(2);
  return {
    title: `${axis} (${fixed}): time grows with its power ${power('seconds')}, memory ${power('peakGiB')}; ${stopped}`,
    head: [axis, 'seconds a step', 'peak GiB', 'parameters'],
    rows: points.map(({ size, seconds, peakGiB, parameters }) => [size, seconds, peakGiB, parameters]),
  };
}

async function measureSeries(
  axis: keyof Shape,
  base: Shape,
  sizes: readonly number[],
  repeats: number,
  context: BenchContext,
): Promise<{ points: Point[]; stopped: string }> {
  const points: Point[] = [];
  for (const size of sizes) {
    const last = points.at(-1);
    if (last && last.seconds > LONGEST_SECONDS) return { points, stopped: `stopped before ${size}: takes too long` };
    // Doubling the size adds at most four times what the last doubling added.
    const expected = last ? last.peakGiB + 4 * (last.peakGiB - (points.at(-2)?.peakGiB ?? 0)) : 0;
    if (points.length > 1 && expected * 2 ** 30 > freemem() - SPARE_BYTES) {
      const free = (freemem() / 2 ** 30).toFixed(1);
      return { points, stopped: `stopped before ${size}: may need ${expected.toFixed(1)} GiB, ${free} are free` };
    }
    try {
      const point = await measure({ ...base, [axis]: size }, size, repeats);
      context.log(`  ${axis} ${size}: ${point.seconds.toFixed(3)} s, ${point.peakGiB.toFixed(2)} GiB`);
      points.push(point);
    } catch (error) {
      if (!(error instanceof SideFailure) || points.length === 0) throw error;
      return { points, stopped: `stopped at ${size}: ${error.message.slice(0, 200)}` };
    }
  }
  return { points, stopped: 'went through' };
}

async function measure(shape: Shape, size: number, repeats: number): Promise<Point> {
  const config: Gemma3Config = {
    ...GEMMA3_SIZES['270m'],
    numHiddenLayers: shape.layers,
    vocabSize: shape.vocabulary,
  };
  const ids = Array.from({ length: shape.batch }, (_, row) =>
    Array.from({ length: shape.tokens }, (_, i) => (i === 0 ? 2 : 200 + ((row * 7919 + i * 31) % 4000))),
  );
  const input: SftInput = {
    ...{ model: await randomModel(config), ids, unweighted: 2, learningRate: 1e-5, warmUp: 1 },
  };
  const side = await Side.start(ours('sft', input));
  try {
    const seconds: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) seconds.push((await side.go()).seconds);
    const peakGiB = rounded(side.peakBytes() / 2 ** 30);
    return {
      size,
      seconds: rounded(Math.min(...seconds)),
      peakGiB,
      parameters: parameterCount(config),
      about: side.about,
    };
  } finally {
    await side.stop();
  }
}

/** A checkpoint of any shape, its weights without meaning: uniform, of the deviation that fan-in asks for. */
async function randomModel(config: Gemma3Config): Promise<string> {
  const folder = join(cacheRoot(), 'bench', `random-${config.numHiddenLayers}-${config.vocabSize}`);
  if (existsSync(folder)) return folder;
  const tensors = [...parameterShapes(config)].map(([name, shape], number) => ({
    name,
    shape,
    read: () => {
      const [rows, width = 1] = shape;
      const scale = shape.length === 1 ? 0.1 : Math.sqrt(3) * width ** -0.5;
      let state = (number * 2_654_435_761 + 1) >>> 0;
      return Float32Array.from({ length: rows! * width }, () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' linear congruential generator
        return (state / 2 ** 31 - 1) * scale;
      });
    },
  }));
  await writeCheckpoint(folder, { config, tokenizer: tinyTokenizer(), tensors });
  return folder;
}

/** p of the fit value = c · size^p over the last half of the points: what is fixed hides the growth of small sizes. */
export function exponent(points: readonly Omit<Point, 'about'>[], value: 'seconds' | 'peakGiB'): number {
  const used = points.slice(-Math.max(2, Math.ceil(points.length / 2)));
  const xs = used.map(({ size }) => Math.log(size));
  const ys = used.map((point) => Math.log(point[value]));
  const mean = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
  const [x0, y0] = [mean(xs), mean(ys)];
  const slope = xs.reduce((sum, x, i) => sum + (x - x0) * (ys[i]! - y0), 0);
  return rounded(slope / xs.reduce((sum, x) => sum + (x - x0) ** 2, 0));
}
