import { jbondWeights, type JbondPrompt } from '../policies/jbond.ts';
import type { SetRef } from '../server/client.ts';
import type { ArtifactRef } from './artifacts.ts';
import { writeBatch, type BatchItem } from './batches.ts';
import type { Deps } from './deps.ts';
import { journalLines } from './journal.ts';
import type { Metrics, StepRef } from './records.ts';
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

/** Samples of one prompt, all of them judged. */
interface Group {
  readonly own: SampleLine;
  readonly anchors: readonly [SampleLine, SampleLine];
}

/** At the first step policy and anchor are the same weights. A log-ratio above this means they are not computed alike. */
const MAX_FIRST_LOG_RATIO = 1e-6;

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
      const groups = judgedGroups(lines);
      if (groups.length === 0) {
        throw new Error(`${samples.path}: no prompt has three judged completions; read the reasons there`);
      }
      return timed(store, { ...at, part: 'score' }, async () => {
        const { temperature } = stage;
        const precision = recipe.precision.training;
        const own = groups.map((group) => group.own);
        const logProbs = await scoreTokens(model, { set: policy, lines: own, temperature, precision }, work);
        const anchorLogProbs = await scoreTokens(model, { set: anchor, lines: own, temperature, precision }, work);
        const prompts = groups.map(({ own: { id, reward }, anchors: [first, second] }, i): JbondPrompt => {
          const [logProb, anchorLogProb] = [sum(logProbs[i]!), sum(anchorLogProbs[i]!)];
          return { id, reward: reward!, anchorRewards: [first.reward!, second.reward!], logProb, anchorLogProb };
        });
        const farthest = Math.max(...prompts.map(({ logProb, anchorLogProb }) => Math.abs(logProb - anchorLogProb)));
        if (at.step === 1 && !(farthest < MAX_FIRST_LOG_RATIO)) {
          throw new Error(
            `stage ${stage.name}: the log-ratio of policy and anchor is ${farthest} at the first step, expected 0: they ` +
              'are the same weights, computed differently',
          );
        }
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

function judgedGroups(lines: readonly SampleLine[]): Group[] {
  const groups = Map.groupBy(lines, ({ group }) => group);
  return [...groups.values()].flatMap((group) => {
    const own = group.find(({ by }) => by === 'policy');
    const [first, second] = group.filter(({ by }) => by === 'anchor');
    if (!own || !first || !second || group.some(({ reward }) => reward === null)) return [];
    return [{ own, anchors: [first, second] as const }];
  });
}

/** The best of two and the policy's own, for each prompt. What weighs nothing is left out, but for one: no empty step. */
function batchOf(groups: readonly Group[], weights: ReturnType<typeof jbondWeights>['weights']): BatchItem[] {
  const items = groups.flatMap(({ own, anchors }, i) => {
    const { forwardIndex, forwardWeight, backwardWeight } = weights[i]!;
    return [itemOf(anchors[forwardIndex], forwardWeight), itemOf(own, backwardWeight)];
  });
  const weighty = items.filter(({ weight }) => weight !== 0);
  return weighty.length > 0 ? weighty : items.slice(0, 1);
}

function itemOf({ id, by, promptIds, tokenIds }: SampleLine, weight: number): BatchItem {
  return { id: `${id}/${by}`, promptIds, completionIds: tokenIds, weight };
}

/** Largest difference between what the sampler and the scorer say of the same token, nats. */
function largestGap(sampled: readonly (readonly number[])[], scored: readonly (readonly number[])[]): number {
  const gaps = sampled.flatMap((tokens, i) => tokens.map((value, t) => Math.abs(value - scored[i]![t]!)));
  return gaps.reduce((largest, gap) => Math.max(largest, gap), 0);
}
