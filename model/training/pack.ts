import type { Sequence } from '../api/sequences.ts';

/** Where a whole completion ends. */
export interface End {
  readonly sequence: number;
  /** Of its last token, in the flattened tokens. */
  readonly index: number;
}

/** Where a target token's log-probability belongs: sequence and place in its completion. */
export interface TargetPlace {
  readonly sequence: number;
  readonly token: number;
}

/**
 * Sequences laid side by side in rows of equal length, so that little of a batch is padding.
 *
 * Sequences next to each other that have the same prompt share one copy of it: their completions are branches that see
 * the prompt and themselves. Each sequence sees just what it would see alone, and positions start at 0 in each.
 */
export interface PackedBatch {
  readonly rows: number;
  readonly length: number;
  /** All [rows * length]. */
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly sequences: Int32Array;
  readonly branches: Int32Array;
  /** For each target token: index into the flattened tokens of the hidden state that predicts it. [targets] */
  readonly predictors: Int32Array;
  readonly targets: Int32Array;
  readonly places: readonly TargetPlace[];
  /** One for each sequence. */
  readonly ends: readonly End[];
  /** Tokens that are not padding. */
  readonly usedTokens: number;
}

export interface PackOptions {
  /** Tokens computed at once, padding included; a longer sequence gets a batch of its own. */
  readonly tokensPerBatch: number;
  /** So many sequences at a time stay in one row, if they have one prompt: 2 for pairs. 1 by default. */
  readonly together?: number;
}

/** Sequences of one prompt, which stands before them once. */
interface Group {
  readonly promptIds: readonly number[];
  readonly completions: { readonly sequence: number; readonly ids: readonly number[] }[];
  tokens: number;
}

/** Groups side by side. */
type Row = readonly Group[];

const LENGTHS = [32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 16384, 32768];
const MIN_ROWS_PER_BATCH = 4;

/**
 * Packs sequences into batches of few different shapes: all batches of a call have rows of one length.
 *
 * Lengths and order of the sequences decide the packing, so equal input gives equal batches.
 *
 * @throws RangeError for an empty prompt or completion, or a sequence longer than the longest row.
 */
export function packSequences(sequences: readonly Sequence[], options: PackOptions): readonly PackedBatch[] {
  const groups = groupByPrompt(sequences, options);
  groups.sort((a, b) => b.tokens - a.tokens); // the long ones first leave smaller gaps
  const layouts = rowLengths(groups[0]?.tokens ?? 0, options).map((length) => arrange(groups, length, options));
  const { batches, length } = layouts.reduce((best, layout) => (layout.tokens < best.tokens ? layout : best));
  return batches.map((rows) => layOut(rows, length, fewShapes(rows.length)));
}

interface Layout {
  readonly length: number;
  readonly batches: readonly Row[][];
  /** Computed, padding included. */
  readonly tokens: number;
}

/** Rows of one length, in as few batches as may be, of as many rows each but for the last. */
function arrange(groups: readonly Group[], length: number, { tokensPerBatch }: PackOptions): Layout {
  const rows = fillRows(groups, length);
  const most = Math.max(1, Math.floor(tokensPerBatch / length));
  const perBatch = Math.ceil(rows.length / Math.ceil(rows.length / most));
  const batches: Row[][] = [];
  for (let at = 0; at < rows.length; at += perBatch) batches.push(rows.slice(at, at + perBatch));
  return { length, batches, tokens: length * batches.reduce((sum, { length: n }) => sum + fewShapes(n), 0) };
}

/** Each number of rows is a shape to be traced: beyond 8 only even ones occur. */
const fewShapes = (rows: number): number => (rows <= 8 ? rows : 2 * Math.ceil(rows / 2));

/** Neighbours with the same prompt become one group, up to what is computed at once. */
function groupByPrompt(sequences: readonly Sequence[], { tokensPerBatch, together = 1 }: PackOptions): Group[] {
  const groups: Group[] = [];
  sequences.forEach(({ promptIds, completionIds }, sequence) => {
    if (promptIds.length === 0 || completionIds.length === 0) {
      const which = promptIds.length === 0 ? 'prompt' : 'completion';
      throw new RangeError(`packSequences: sequence ${sequence} has an empty ${which}; it needs at least one token`);
    }
    const last = groups.at(-1);
    const isFull = last !== undefined && last.tokens + completionIds.length > tokensPerBatch;
    if (last && sameIds(last.promptIds, promptIds) && !(isFull && sequence % together === 0)) {
      last.completions.push({ sequence, ids: completionIds });
      last.tokens += completionIds.length;
    } else {
      const tokens = promptIds.length + completionIds.length;
      groups.push({ promptIds, completions: [{ sequence, ids: completionIds }], tokens });
    }
  });
  return groups;
}

function sameIds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

/** Lengths that hold the longest group, and of which a batch has several rows where that is possible. */
function rowLengths(longest: number, { tokensPerBatch }: PackOptions): number[] {
  const fitting = LENGTHS.filter((length) => length >= longest);
  if (fitting.length === 0) {
    throw new RangeError(`packSequences: ${longest} tokens in one group, at most ${LENGTHS.at(-1)} fit in a row`);
  }
  const affordable = fitting.filter((length) => length * MIN_ROWS_PER_BATCH <= tokensPerBatch);
  return affordable.length > 0 ? affordable : fitting.slice(0, 1);
}

/** First fit: each group into the first row that has room. */
function fillRows(groups: readonly Group[], length: number): Row[] {
  const rows: { groups: Group[]; free: number }[] = [];
  for (const group of groups) {
    let row = rows.find(({ free }) => free >= group.tokens);
    if (!row) rows.push((row = { groups: [], free: length }));
    row.groups.push(group);
    row.free -= group.tokens;
  }
  return rows.map(({ groups }) => groups);
}

const PADDING = -1;

function layOut(rows: readonly Row[], length: number, rowCount: number): PackedBatch {
  const size = rowCount * length;
  const ids = new Int32Array(size);
  const positions = new Int32Array(size);
  const sequences = new Int32Array(size).fill(PADDING);
  const branches = new Int32Array(size);
  const predictors: number[] = [];
  const targets: number[] = [];
  const places: TargetPlace[] = [];
  const ends: End[] = [];
  let usedTokens = 0;

  rows.forEach((groups, row) => {
    let at = row * length;
    const put = (id: number, position: number, group: number, branch: number) => {
      ids[at] = id;
      positions[at] = position;
      sequences[at] = group;
      branches[at] = branch;
      usedTokens++;
      return at++;
    };
    groups.forEach(({ promptIds, completions }, group) => {
      const promptEnd = promptIds.map((id, position) => put(id, position, group, 0)).at(-1)!;
      completions.forEach(({ sequence, ids: completionIds }, branch) => {
        let predictor = promptEnd;
        completionIds.forEach((id, token) => {
          predictors.push(predictor);
          targets.push(id);
          places.push({ sequence, token });
          predictor = put(id, promptIds.length + token, group, branch + 1);
        });
        ends.push({ sequence, index: predictor });
      });
    });
  });

  return {
    rows: rowCount,
    length,
    ids,
    positions,
    sequences,
    branches,
    predictors: Int32Array.from(predictors),
    targets: Int32Array.from(targets),
    places,
    ends,
    usedTokens,
  };
}
