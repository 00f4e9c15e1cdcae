import type { Recipe } from '../configs/schema/recipe.ts';
import type { LoadedReward } from '../rewards/load.ts';
import { countFaults, isCorrect, scoreSamples, type GroupedSample, type RewardPart } from '../rewards/score.ts';
import type { ModelClient } from '../server/client.ts';
import type { Store } from './artifacts.ts';
import { journalLines } from './journal.ts';
import { rewardsOf } from './recipe-rewards.ts';
import type { StepRef } from './records.ts';
import { rewardModelService, type RewardModelPlace } from './reward-model-service.ts';
import { noteRewards } from './reward-record.ts';
import type { Work } from './work.ts';

/** What the recipe's rewards said of a completion. */
export interface Judged {
  /** What the scores come to; null when it could not be judged, which is never a number. */
  readonly reward: number | null;
  /** Whether the first reward gave its highest score; null when it could not judge. */
  readonly isCorrect: boolean | null;
  readonly parts: readonly RewardPart[];
}

/** More verdicts were faults of the machinery than the recipe allows. Nothing to retry. */
export class RewardFaultError extends Error {
  override readonly name = 'RewardFaultError';
}

/**
 * Judges completions, in order.
 *
 * @throws RewardFaultError when more verdicts of a reward that counts are faults than `judging.maxFaultRate` allows.
 */
export async function judge(
  recipe: Recipe,
  samples: readonly GroupedSample[],
  work: Pick<Work, 'signal'>,
  model?: ModelClient,
  place?: RewardModelPlace,
): Promise<Judged[]> {
  return judgeWithRewards(await rewardsOf(recipe), { recipe, samples, model, place }, work);
}

/** What is judged, and by what. */
interface JudgedBy {
  readonly recipe: Recipe;
  readonly samples: readonly GroupedSample[];
  readonly model: ModelClient;
  /** Where the reward models of the recipe's stages lie; where the record is, when not given. */
  readonly place?: RewardModelPlace | undefined;
}

/** Where the verdicts on the samples of a step are kept. */
export interface SamplesRecord {
  readonly store: Store;
  readonly at: StepRef;
  /** File of samples, one line for each. */
  readonly path: string;
}

/**
 * Judges the samples of a step, once: where they lie on record with their verdicts, those stand. So a step that is made
 * again after a crash comes out the same, even when a verdict was a timeout or the reward's code has changed since.
 *
 * @param record Null to keep none.
 * @returns Each line with its verdict.
 */
export async function judgeOnce<Line extends object>(
  record: SamplesRecord | null,
  { recipe, samples, model, place }: JudgedBy,
  lines: readonly Line[],
  work: Pick<Work, 'signal'>,
): Promise<(Line & Judged)[]> {
  const recorded = record && verdictsOnRecord(await record.store.readIfThere(record.path), lines);
  if (recorded) return recorded;
  const rewards = await rewardsOf(recipe);
  const verdicts = await judgeWithRewards(rewards, { recipe, samples, model, place: place ?? placeOf(record) }, work);
  const identities = rewards.map(({ identity }) => identity);
  if (record) await noteRewards(record.store, record.at, identities);
  return lines.map((line, i) => ({ ...line, ...verdicts[i]! }));
}

/** The run that a record is of. */
export function placeOf(record: SamplesRecord | null): RewardModelPlace | undefined {
  return record ? { store: record.store, runId: record.at.run.runId } : undefined;
}

/** The lines of a file of samples, when they are `lines` with verdicts; else null. */
function verdictsOnRecord<Line extends object>(content: string | null, lines: readonly Line[]) {
  if (content === null) return null;
  const before = journalLines(content);
  const judged = before.map((text) => JSON.parse(text) as Line & Judged);
  const isSame = (text: string, i: number) => {
    const { reward, isCorrect: isRight, parts } = judged[i]!;
    return JSON.stringify({ ...lines[i], reward, isCorrect: isRight, parts }) === text;
  };
  return before.length === lines.length && before.every(isSame) ? judged : null;
}

async function judgeWithRewards(
  rewards: readonly LoadedReward[],
  {
    recipe,
    samples,
    model,
    place,
  }: {
    recipe: Recipe;
    samples: readonly GroupedSample[];
    model: ModelClient | undefined;
    place: RewardModelPlace | undefined;
  },
  { signal }: Pick<Work, 'signal'>,
): Promise<Judged[]> {
  const { combine } = recipe.judging;
  const services = model ? rewardModelService(model, recipe, place) : {};
  const scored = await scoreSamples(rewards, samples, { signal, combine, services });
  enforceFaultRule(recipe, rewards, scored);
  return scored.map((each) => ({ reward: each.total, isCorrect: isCorrect(rewards, each), parts: each.parts }));
}

/** Says aloud what went wrong, and stops where that is too much. */
function enforceFaultRule(
  { judging: { maxFaultRate } }: Recipe,
  rewards: readonly LoadedReward[],
  scored: Parameters<typeof countFaults>[0],
): void {
  for (const { name, faults, samples, reasons } of countFaults(scored)) {
    const what = `reward ${name}: ${faults} of ${samples} verdicts are faults of the machinery: ${reasons.join('; ')}`;
    process.stderr.write(`${what}\n`);
    const index = rewards.findIndex(({ reward }) => reward.name === name);
    const counts = index === 0 || rewards[index]!.weight !== 0; // the first one is what evaluations go by
    const allowed = maxFaultRate === 0 ? 0 : Math.max(1, maxFaultRate * samples);
    if (!counts || faults <= allowed) continue;
    throw new RewardFaultError(
      `${what}\nThat is more than judging.maxFaultRate (${maxFaultRate}) allows, and nothing was learned from them. ` +
        'cabochon reward test tries a reward without a model. Once it is right, the same command with the same --run-id ' +
        'goes on; or allow more faults',
    );
  }
}
