import type { JbondStage } from '../configs/schema/jbond.ts';
import { warpMembers } from '../configs/schema/warp.ts';
import type { RlooStage } from '../configs/schema/rloo.ts';
import type { SetRef } from '../server/client.ts';
import type { Deps } from './deps.ts';
import { writeOnce } from './journal.ts';
import { judge } from './judging.ts';
import type { RunRef } from './records.ts';
import { recipeOf, rowsOf, stageOf } from './run-data.ts';
import { runFiles } from './run-files.ts';
import { preparePrompts, sample, tokensOf } from './sampling.ts';
import { timed } from './timing.ts';
import { activity } from './work.ts';

interface PlanJbondInput {
  readonly run: RunRef;
  readonly stage: string;
  /** The policy the stage starts from. */
  readonly policy: SetRef;
}

export function promptFilterActivities({ model, store }: Deps) {
  return {
    /** The stages that train the policies of a stage of kind warp, in order. */
    planWarp: activity(async ({ run, stage }: { run: RunRef; stage: string }) =>
      warpMembers(stageOf(await recipeOf(store, run), stage, 'warp')),
    ),

    /**
     * How many steps, and on which rows: all of them, or with a prompt filter those that the starting policy answers
     * correctly in the wanted share of samples.
     *
     * @throws RangeError when the filter leaves fewer rows than one step needs.
     */
    planJbond: activity(async ({ run, stage: name, policy }: PlanJbondInput, work) => {
      const recipe = await recipeOf(store, run);
      const stage = stageOf(recipe, name, 'jbond', 'rloo');
      if (!stage.promptFilter) return { steps: stage.steps, rows: null };
      const { samples, candidates } = stage.promptFilter;
      const rows = (await rowsOf(store, run.train)).slice(0, candidates);

      const { passRates } = await timed(store, { run, stage: name, part: 'filter' }, async () => {
        const ids = rows.map(({ id }) => id);
        const prompts = await preparePrompts(model, { recipe, set: policy, rows, ids }, work);
        const { maxTokens, temperature, topK, topP } = stage;
        const request = { set: policy, prompts, stream: `${name}/filter`, numGenerations: samples, recipe };
        const sampling = { maxTokens, temperature, topK, topP };
        const answers = await sample(model, { ...request, sampling }, work);
        const judging = answers.flatMap((completions, i) =>
          completions.map(({ text, finishReason }) => {
            return { prompt: prompts[i]!.text, completion: text, finishReason, row: rows[i]!, group: i };
          }),
        );
        const verdicts = await judge(recipe, judging, work, model, { store, runId: run.runId });
        // A completion that could not be judged is neither right nor wrong; a row without any other is left out.
        const passRates = rows.map((_, row) => {
          const judged = verdicts.slice(row * samples, (row + 1) * samples).filter((each) => each.isCorrect !== null);
          return judged.filter(({ isCorrect }) => isCorrect).length / judged.length;
        });
        return { passRates, tokens: tokensOf(answers) };
      });
      const kept = indicesKept(passRates, stage);
      return {
        steps: stage.steps,
        rows: await writeOnce(store, runFiles(run.runId).chosenRows(name), JSON.stringify(kept)),
      };
    }),
  };
}

function indicesKept(
  passRates: readonly number[],
  { name, promptFilter, promptsPerStep }: JbondStage | RlooStage,
): number[] {
  const { minPassRate = 0, maxPassRate = 1 } = promptFilter ?? {};
  const kept = passRates.flatMap((rate, index) => (rate >= minPassRate && rate <= maxPassRate ? [index] : []));
  if (kept.length >= promptsPerStep) return kept;
  throw new RangeError(
    `stage ${name}: promptFilter keeps ${kept.length} of ${passRates.length} rows, expected at least promptsPerStep ` +
      `(${promptsPerStep}); widen the pass rates, or give more candidates`,
  );
}
