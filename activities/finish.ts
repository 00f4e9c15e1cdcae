import { writeOnce } from './journal.ts';
import type { Deps } from './deps.ts';
import type { Checkpoint, Evaluation, RunRef, RunResult, StageCost, SuiteResult, WeightRecord } from './records.ts';
import { runFiles } from './run-files.ts';
import { dropSetsOf } from './sets.ts';
import { activity } from './work.ts';

export interface FinishRunInput {
  readonly run: RunRef;
  readonly outcome: 'finished' | 'stopped';
  readonly base: Checkpoint;
  readonly checkpoints: readonly Checkpoint[];
  readonly evaluations: readonly Evaluation[];
  readonly suites: readonly SuiteResult[];
  readonly costs: readonly StageCost[];
  /** Everything the stages made, in order. */
  readonly weights: readonly WeightRecord[];
}

export function finishActivities({ model, store }: Deps) {
  return {
    /** Writes down what came of the run and where it came from, and frees its weight sets. */
    finishRun: activity(async (input: FinishRunInput, work): Promise<void> => {
      const { run, outcome, base, checkpoints, evaluations, suites, costs, weights } = input;
      const files = runFiles(run.runId);
      const result: RunResult = {
        ...{ runId: run.runId, outcome, evaluations, suites, costs },
        checkpoints: Object.fromEntries(checkpoints.map(({ stage, folder }) => [stage, folder])),
      };
      if (outcome === 'finished') await writeOnce(store, files.lineage, lineageOf(run, base, weights));
      await store.write(files.result, `${JSON.stringify(result, null, 2)}\n`);
      await dropSetsOf(model, run.runId, work);
    }),
  };
}

/** Each set of weights with its digest and the weights it was made from, and what decided the making. */
function lineageOf(run: RunRef, base: Checkpoint, made: readonly WeightRecord[]): string {
  const { stage, version, folder, sha256, bytes } = base;
  const weights = [{ stage, version, folder, sha256, bytes, by: 'given', parents: [] }, ...made];
  const { config, train, evaluation } = run;
  return `${JSON.stringify({ runId: run.runId, config, data: { train, evaluation }, weights }, null, 2)}\n`;
}
