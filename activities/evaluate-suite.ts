import type { SetRef } from '../server/client.ts';
import { rowsWithCompletion } from './data/prepare.ts';
import type { Row } from './data/rows.ts';
import type { Deps } from './deps.ts';
import { runSuite } from './evaluation/run-suite.ts';
import { journalLines, recordOnce, writeOnce } from './journal.ts';
import type { Checkpoint, StepRef, SuiteResult } from './records.ts';
import { jsonLines, recipeOf, rowsOf } from './run-data.ts';
import { runFiles } from './run-files.ts';
import { setNames } from './sets.ts';
import { timed } from './timing.ts';
import { activity } from './work.ts';

export interface EvaluateSuiteInput extends StepRef {
  /** Name of the suite in the recipe. */
  readonly suite: string;
  readonly policy: SetRef;
  /** The checkpoint to compare with, where the suite wants one; it is loaded for that and freed again. */
  readonly against: Checkpoint | null;
  readonly fence: number;
  /** Solved examples before each prompt of the task. */
  readonly fewShot: number;
}

export function evaluateSuiteActivities({ model, store }: Deps) {
  return {
    /** Measures a policy by one of the recipe's suites. Recorded before, it is not measured again. */
    evaluateSuite: activity(async (input: EvaluateSuiteInput, work) => {
      const { suite: name, policy, against, fence, fewShot, ...at } = input;
      const files = runFiles(at.run.runId);
      const recorded = journalLines((await store.readIfThere(files.suites)) ?? '')
        .map((line) => JSON.parse(line) as SuiteResult)
        .find(({ stage, step, suite }) => stage === at.stage && step === at.step && suite === name);
      if (recorded) return { result: recorded, timings: [] };

      const recipe = await recipeOf(store, at.run);
      const suite = recipe.evaluation.suites.find((each) => each.name === name)!;
      const own = await store.readIfThere(files.suiteRows(name));
      const examples = rowsWithCompletion(await rowsOf(store, at.run.train), recipe.task).slice(0, fewShot);
      return timed(store, { ...at, part: `suite ${name}` }, async () => {
        const opponent = against && { name: setNames(at.run.runId).opponent, version: against.version };
        if (opponent) {
          const load = { set: opponent, source: store.locate(against.folder), trainable: false, fence };
          await model.load(load, { signal: work.signal });
        }
        const context = {
          ...{ model, recipe, policy, opponent, examples, stream: `suite/${name}/${at.stage}/${at.step}` },
          record: { store, at, path: files.suiteSamples(name, at.stage, at.step) },
          rows: await rowsOf(store, at.run.evaluation),
          ownRows: own === null ? null : journalLines(own).map((line) => JSON.parse(line) as Row),
        };
        const { values, unjudged, lines, tokens } = await runSuite(suite, context, work);
        if (opponent) await model.drop(opponent.name, { signal: work.signal });
        await writeOnce(store, files.suiteSamples(name, at.stage, at.step), jsonLines(lines));
        const result: SuiteResult = { stage: at.stage, step: at.step, suite: name, kind: suite.kind, values, unjudged };
        await recordOnce(store, files.suites, result);
        return { result, tokens };
      });
    }),
  };
}
