import { jbondWeights, type JbondPrompt } from '../policies/jbond.ts';
import type { SetRef } from '../server/client.ts';
import type { ArtifactRef } from './artifacts.ts';
import { writeBatch, type BatchItem } from './batches.ts';
import type { Deps } from './deps.ts';
import { journalLines } from './journal.ts';
import type { Metrics, StepRef } from './records.ts';
import { judgedGroups, largestGap, refuseFirstLogRatio, type JudgedGroup } from './rl-samples.ts';
import type { SampleLine } from './rollout.ts';
import { recipeOf, stageOf } from './run-data.ts';
import { scoreTokens } from './scoring.ts';
import { sum } from './statistics.ts';
import { timed } from './timing.ts';
import { activity } from './work.ts';

export interface JbondBatchInput extends StepRef {
  readonly samples: ArtifactRef;
  readonly policy: SetRef;
  readonly anchor: SetRef;
}

export function jbondActivities({ model, store }: Deps) {
  return {
    /**
     * Turns the judged samples of a step into a weighted batch: log π and log π_a of the policy's completions, then the
     * weights of `policies/jbond.ts`. A prompt of which any sample could not be judged is left out.
     *
     * @throws Error when policy and anchor disagree at the first step, where they are the same, or nothing was judged.
     */
    jbondBatch: activity(async ({ samples, policy, anchor, ...at }: JbondBatchInput, work) => {
      const recipe = await recipeOf(store, at.run);
      const stage = stageOf(recipe, at.stage, 'jbond');
      const lines = journalLines(await store.readExactly(samples)).map((line) => JSON.parse(line) as SampleLine);
      const groups = judgedGroups(stage.truncated === 'failure' ? withFailures(lines) : lines);
      if (groups.length === 0) {
        throw new Error(`${samples.path}: no prompt has all its completions judged; read the reasons there`);
      }
      return timed(store, { ...at, part: 'score' }, async () => {
        const { temperature } = stage;
        const precision = recipe.precision.training;
        const own = groups.map((group) => group.own[0]!);
        const logProbs = await scoreTokens(model, { set: policy, lines: own, temperature, precision }, work);
        const anchorLogProbs = await scoreTokens(model, { set: anchor, lines: own, temperature, precision }, work);
        const prompts = groups.map(({ anchors }, i): JbondPrompt => {
          const { id, reward } = own[i]!;
          const [logProb, anchorLogProb] = [sum(logProbs[i]!), sum(anchorLogProbs[i]!)];
          return { id, reward: reward!, anchorRewards: anchors.map((line) => line.reward!), logProb, anchorLogProb };
        });
        const farthest = Math.max(...prompts.map(({ logProb, anchorLogProb }) => Math.abs(logProb - anchorLogProb)));
        refuseFirstLogRatio(stage.name, at.step, farthest);
        const { beta, gamma, tieBreak, skipTies } = stage;
        const options = { beta, gamma, tieBreak, skipTies, seed: recipe.seed, step: at.step };
        const { weights, metrics } = jbondWeights(prompts, options);
        const batch = await writeBatch(store, at, batchOf(groups, weights));
        const measured: Metrics = {
          ...metrics,
          largestLogRatio: farthest,
          samplerGap: largestGap(
            own.map((line) => line.logProbs),
            logProbs,
          ),
        };
        return { batch, metrics: measured, tokens: 2 * sum(own.map(({ tokenIds }) => tokenIds.length)) };
      });
    }),
  };
}

/**
 * Cut-off completions below every other one of the step, which is all that J-BOND looks at: otherwise what is worth
 * nothing only because it was cut off would count as the worse of the anchor's two.
 */
function withFailures(lines: readonly SampleLine[]): SampleLine[] {
  const lowest = Math.min(...lines.flatMap(({ reward }) => (reward === null ? [] : [reward])));
  return lines.map((line) =>
    line.reward !== null && line.finishReason === 'length' ? { ...line, reward: lowest - 1 } : line,
  );
}

/** The anchor's samples and the policy's own, for each prompt. What weighs nothing is left out, but for one: no empty step. */
function batchOf(groups: readonly JudgedGroup[], weights: ReturnType<typeof jbondWeights>['weights']): BatchItem[] {
  const items = groups.flatMap(({ own, anchors }, i) => {
    const { forwardWeights, backwardWeight } = weights[i]!;
    return [...anchors.map((line, k) => itemOf(line, forwardWeights[k]!)), itemOf(own[0]!, backwardWeight)];
  });
  const weighty = items.filter(({ weight }) => weight !== 0);
  return weighty.length > 0 ? weighty : items.slice(0, 1);
}

function itemOf({ id, by, promptIds, tokenIds }: SampleLine, weight: number): BatchItem {
  return { id: `${id}/${by}`, promptIds, completionIds: tokenIds, weight };
}
