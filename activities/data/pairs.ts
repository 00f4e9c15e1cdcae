import type { PairsConfig } from '../../configs/schema/reward-model.ts';
import { permutation } from '../../sdk/random.ts';
import { DataError, readRows, type Row } from './rows.ts';

/** Two completions of a prompt, the preferred one first. */
export interface TextPair {
  readonly id: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

export interface PairSplits {
  /** In the order of the seeded shuffle. */
  readonly train: TextPair[];
  readonly evaluation: TextPair[];
  /** Rows left out: with more than one turn, or with a prompt that is evaluated. */
  readonly leftOut: { readonly turns: number; readonly overlapping: number };
}

/**
 * Reads pairs and splits them; no prompt is on both sides.
 *
 * @throws DataError naming file and row for a column that is missing or of another type.
 */
export async function readPairs({ train, evaluation, holdout }: PairsConfig, seed: number): Promise<PairSplits> {
  const all = await pairsOfFile(train);
  const others = evaluation === undefined ? null : await pairsOfFile(evaluation);
  const prompts = [...new Set(all.pairs.map(({ prompt }) => prompt))];
  const count = Math.min(holdout, Math.floor(prompts.length / 5));
  const order = permutation(prompts.length, seed, 'pairs');
  const held = others ? null : new Set(order.slice(0, count).map((i) => prompts[i]!));
  const evaluated = others?.pairs ?? all.pairs.filter(({ prompt }) => held!.has(prompt));
  const seen = held ?? new Set(evaluated.map(({ prompt }) => prompt));
  const kept = all.pairs.filter(({ prompt }) => !seen.has(prompt));
  for (const [name, pairs] of Object.entries({ training: kept, evaluation: evaluated })) {
    if (pairs.length === 0) throw new DataError(`${train}: got no ${name} pairs, expected some; give more rows`);
  }
  return {
    train: permutation(kept.length, seed, 'pairs order').map((i) => kept[i]!),
    evaluation: evaluated,
    leftOut: {
      turns: all.turns + (others?.turns ?? 0),
      overlapping: others ? all.pairs.length - kept.length : 0,
    },
  };
}

async function pairsOfFile(file: string): Promise<{ pairs: TextPair[]; turns: number }> {
  const rows = await readRows(file);
  const pairs = rows.map((row, i) => pairOf(row, `${file}: row ${i + 1}`, `${i + 1}`));
  const single = pairs.filter((pair) => pair !== null);
  return { pairs: single, turns: pairs.length - single.length };
}

/** Null for a conversation of several turns. */
function pairOf(row: Row, where: string, number: string): TextPair | null {
  const text = (column: 'chosen' | 'rejected') => {
    const value = row[column];
    if (typeof value === 'string') return value; // also an empty one: saying nothing is an answer, and can be judged
    throw new DataError(`${where}: ${column} is ${JSON.stringify(value)?.slice(0, 60)}, expected a text`);
  };
  const { prompt } = row;
  const pair = { id: typeof row.id === 'string' ? row.id : number, chosen: text('chosen'), rejected: text('rejected') };
  if (typeof prompt === 'string') return { ...pair, prompt };
  if (!Array.isArray(prompt)) {
    throw new DataError(
      `${where}: prompt is ${JSON.stringify(prompt)?.slice(0, 60)}, expected a text or a list of messages`,
    );
  }
  const [only, ...more] = prompt as { role?: unknown; content?: unknown }[];
  if (more.length > 0) return null;
  if (only?.role === 'user' && typeof only.content === 'string') return { ...pair, prompt: only.content };
  throw new DataError(
    `${where}: prompt[0] is ${JSON.stringify(only)?.slice(0, 60)}, expected { role: user, content: a text }`,
  );
}
