import type { WeightedSequence } from '../server/client.ts';
import type { ArtifactRef, Store } from './artifacts.ts';
import { journalLines, writeOnce } from './journal.ts';
import type { StepRef } from './records.ts';
import { runFiles } from './run-files.ts';
import { jsonLines } from './run-data.ts';

/** A sequence to train on and where it came from. */
export interface BatchItem extends WeightedSequence {
  /** The row, and which of its completions. */
  readonly id: string;
}

/** Lays down what a step is made on. Its digest is the identity of the update: made again, it is the same. */
export function writeBatch(
  store: Store,
  { run, stage, step }: StepRef,
  items: readonly BatchItem[],
): Promise<ArtifactRef> {
  return writeOnce(store, runFiles(run.runId).batch(stage, step), jsonLines(items));
}

export async function readBatch(store: Store, batch: ArtifactRef): Promise<WeightedSequence[]> {
  return journalLines(await store.readExactly(batch)).map((line) => {
    const { promptIds, completionIds, weight, teacher } = JSON.parse(line) as BatchItem;
    return { promptIds, completionIds, weight, ...(teacher && { teacher }) };
  });
}
