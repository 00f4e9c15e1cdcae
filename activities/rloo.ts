import { rlooWeights } from '../policies/rloo.ts';
import type { SetRef } from '../server/client.ts';
import type { ArtifactRef } from './artifacts.ts';
import { writeBatch } from './batches.ts';
import type { Deps } from './deps.ts';
import { journalLines } from './journal.ts';
import type { Metrics, StepRef } from './records.ts';
import { judgedGroups, largestGap, refuseFirstLogRatio } from './rl-samples.ts';
import type { SampleLine } from './rollout.ts';
import { recipeOf, stageOf } from './run-data.ts';
import { scoreTokens } from './scoring.ts';
import { sum } from './statistics.ts';
import { timed } from './timing.ts';
import { activity } from './work.ts';

export interface RlooBatchInput extends StepRef {
  readonly samples: ArtifactRef;
  readonly policy: SetRef;
  readonly anchor: SetRef;
}

export function rlooActivities({ model, store }: Deps) {
  return {
    /**
     * Turns the judged samples of a step into a weighted batch: log π and log π_a of each completion, then the weights of
     * `policies/rloo.ts`. A prompt of which any sample could not be judged is left out.
     *
     * @throws Error when policy and anchor disagree at the first step, where they are the same, or nothing was judged.
     */
    rlooBatch: activity(async ({ samples, policy, anchor, ...at }: RlooBatchInput, work) => {
      const recipe = await recipeOf(store, at.run);
      const stage = stageOf(recipe, at.stage, 'rloo');
      const all = journalLines(await store.readExactly(samples)).map((line) => JSON.parse(line) as SampleLine);
      const groups = judgedGroups(all);
      if (groups.length === 0) {
        throw new Error(`${samples.path}: no prompt has all its completions judged; read the reasons there`);
      }
      return timed(store, { ...at, part: 'score' }, async () => {
        const { temperature, klCoef, missingEosPenalty = 0 } = stage;
        const precision = recipe.precision.training;
        const lines = groups.flatMap(({ own }) => own);
        const logProbs = await scoreTokens(model, { set: policy, lines, temperature, precision }, work);
        const anchorLogProbs = await scoreTokens(model, { set: anchor, lines, temperature, precision }, work);
        const judged = lines.map((line, i) => ({
          reward: line.reward! - (line.finishReason === 'length' ? missingEosPenalty : 0),
          logProb: sum(logProbs[i]!),
          anchorLogProb: sum(anchorLogProbs[i]!),
        }));
        const farthest = Math.max(...judged.map(({ logProb, anchorLogProb }) => Math.abs(logProb - anchorLogProb)));
        refuseFirstLogRatio(stage.name, at.step, farthest);

        let next = 0;
        const prompts = groups.map(({ own }) => ({ id: own[0]!.id, samples: own.map(() => judged[next++]!) }));
        const { weights, metrics } = rlooWeights(prompts, klCoef);
        const flat = weights.flat();
        const items = lines.map(({ id, promptIds, tokenIds }, i) => {
          return { id: `${id}/${i}`, promptIds, completionIds: tokenIds, weight: flat[i]! };
        });
        const weighty = items.filter(({ weight }) => weight !== 0);
        const batch = await writeBatch(store, at, weighty.length > 0 ? weighty : items.slice(0, 1)); // no empty step
        const samplerGap = largestGap(lines.map((line) => line.logProbs), logProbs); // prettier-ignore
        const measured: Metrics = { ...metrics, largestLogRatio: farthest, samplerGap };
        return { batch, metrics: measured, tokens: 2 * sum(lines.map(({ tokenIds }) => tokenIds.length)) };
      });
    }),
  };
}
