import { createHash } from 'node:crypto';

import { isThere, type Store } from './artifacts.ts';
import { readPairs } from './data/pairs.ts';
import type { Deps } from './deps.ts';
import { journalLines, type JournalEntry } from './journal.ts';
import { recipeRewardsOf } from './recipe-rewards.ts';
import type { Checkpoint, RunRef, StageResult } from './records.ts';
import { recipeOf } from './run-data.ts';
import { keptStage, runFiles } from './run-files.ts';
import { activity } from './work.ts';

export interface StageInputs {
  readonly run: RunRef;
  readonly stage: string;
  readonly start: Checkpoint;
  readonly reference: Checkpoint | null;
  /** Results of earlier stages that are no policies: rewards may use them. */
  readonly others: readonly Checkpoint[];
  /** Only looks up the key; the stage is made in any case. */
  readonly fresh: boolean;
}

/** What is kept of a finished stage. */
interface KeptStage {
  readonly runId: string;
  readonly result: StageResult;
}

export function reuseActivities({ store }: Deps) {
  return {
    /**
     * The result of a stage that was made before from the same: the same options, data, rewards with their code, seed and
     * weights. Null when there is none, or its folder is gone. What is found is laid under the run as its own.
     */
    findStage: activity(async ({ run, fresh, ...inputs }: StageInputs) => {
      const key = await keyOf(store, run, inputs);
      const text = fresh ? null : await store.readIfThere(keptStage(key));
      if (text === null) return { key, result: null };
      const { runId, result } = JSON.parse(text) as KeptStage;
      if (!(await isThere(store.locate(result.checkpoint.folder)))) return { key, result: null };
      const from = runId === run.runId ? {} : { reusedFrom: runId };
      const evaluations = result.evaluations.map((evaluation) => ({ ...evaluation, ...from }));
      const files = runFiles(run.runId);
      for (const evaluation of evaluations) await recordUnlessThere(store, files.evaluations, evaluation);
      for (const suite of result.suites ?? []) await recordUnlessThere(store, files.suites, suite);
      await layDown(store, run, result.checkpoint);
      return { key, result: { ...result, evaluations, ...from } as StageResult };
    }),

    /** Keeps the result of a stage: under its name for the run, and under its key for later ones. */
    keepStage: activity(async ({ run, key, result }: { run: RunRef; key: string; result: StageResult }) => {
      await layDown(store, run, result.checkpoint);
      const kept: KeptStage = { runId: run.runId, result };
      await store.write(keptStage(key), `${JSON.stringify(kept, null, 2)}\n`);
    }),
  };
}

/**
 * The result of the stage of that name, in the run at work.
 *
 * @throws RangeError when no such stage has ended yet.
 */
export async function outputOf(store: Store, runId: string, stage: string): Promise<Checkpoint> {
  const text = await store.readIfThere(runFiles(runId).output(stage));
  if (text !== null) return JSON.parse(text) as Checkpoint;
  throw new RangeError(
    `run ${runId}: got no result of a stage ${stage}, expected one that ended before; read the recipe`,
  );
}

function layDown(store: Store, run: RunRef, checkpoint: Checkpoint) {
  return store.write(runFiles(run.runId).output(checkpoint.stage), `${JSON.stringify(checkpoint, null, 2)}\n`);
}

/** SHA-256 of everything that decides what a stage comes to: its own options, and of the recipe all but the other stages. */
async function keyOf(
  store: Store,
  run: RunRef,
  { stage, start, reference, others }: Omit<StageInputs, 'run' | 'fresh'>,
): Promise<string> {
  const recipe = await recipeOf(store, run);
  const { name: _, stages, ...rest } = recipe;
  const { rewards, judges } = await recipeRewardsOf(recipe);
  const identities = [...rewards, ...judges].map(({ identity }) => identity);
  const { suiteRows } = runFiles(run.runId);
  const suites = await Promise.all(
    recipe.evaluation.suites.map(({ name: suite }) => store.readIfThere(suiteRows(suite))),
  );
  const wanted = stages.find(({ name }) => name === stage);
  const pairs = wanted?.kind === 'reward-model' && { pairs: await readPairs(wanted.pairs, recipe.seed) };
  const decisive = {
    ...{ stage: wanted, recipe: rest, rewards: identities, suites, ...pairs },
    ...{ train: run.train.sha256, evaluation: run.evaluation.sha256 },
    ...{ start: start.sha256, version: start.version, reference: reference?.sha256 ?? null },
    others: others.map(({ stage: name, sha256 }) => [name, sha256]),
  };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
}

async function recordUnlessThere(store: Store, path: string, entry: JournalEntry): Promise<void> {
  const { stage, step, suite } = entry;
  await store.update(path, (content) => {
    const isSame = (line: string) => {
      const other = JSON.parse(line) as JournalEntry;
      return other.stage === stage && other.step === step && other.suite === suite;
    };
    return journalLines(content ?? '').some(isSame) ? null : `${content ?? ''}${JSON.stringify(entry)}\n`;
  });
}
