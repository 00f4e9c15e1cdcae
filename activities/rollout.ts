import type { Completion, SetRef } from '../server/client.ts';
import type { ArtifactRef, Store } from './artifacts.ts';
import { rowsOfStep } from './data/split.ts';
import type { PreparedRow } from './data/prepare.ts';
import type { Deps } from './deps.ts';
import { writeOnce } from './journal.ts';
import { raiseAlarms } from './alarms.ts';
import { judgeOnce, type Judged } from './judging.ts';
import type { Metrics, RunRef, StepRef } from './records.ts';
import { rewardMetrics } from './reward-metrics.ts';
import { jsonLines, recipeOf, rowsOf, stageOf } from './run-data.ts';
import { runFiles } from './run-files.ts';
import { preparePrompts, sample, tokensOf, type Prompt } from './sampling.ts';
import { mean } from './statistics.ts';
import { timed } from './timing.ts';
import { activity } from './work.ts';

export interface RolloutInput extends StepRef {
  /** The rows to draw from; null means all training rows. */
  readonly rows: ArtifactRef | null;
  readonly policy: SetRef;
  readonly anchor: SetRef;
}

/** One line of a samples file: a completion and everything that was found out about it. */
export interface SampleLine extends Judged {
  /** Number of the prompt in its step, from 0; all samples of a prompt share it. */
  readonly group: number;
  /** The row, and in which pass over the rows. */
  readonly id: string;
  readonly by: 'policy' | 'anchor';
  readonly prompt: string;
  readonly completion: string;
  readonly finishReason: 'stop' | 'length';
  readonly promptIds: readonly number[];
  readonly tokenIds: readonly number[];
  /** Nats, at the sampling temperature, as the sampler computed them. */
  readonly logProbs: readonly number[];
}

export function rolloutActivities({ model, store }: Deps) {
  return {
    /**
     * Samples and judges the completions of one step: for J-BOND one of the policy and
     * some of the anchor for each prompt, for RLOO some of the policy.
     *
     * Which prompts and which samples is decided by the seed, the stage and the step alone.
     */
    rollout: activity(async ({ rows: chosen, policy, anchor, ...at }: RolloutInput, work) => {
      const recipe = await recipeOf(store, at.run);
      const stage = stageOf(recipe, at.stage, 'jbond', 'rloo');
      const rows = await drawableRows(store, at.run, chosen);
      const draws = rowsOfStep({
        ...{
          rows: rows.length,
          perStep: stage.promptsPerStep,
          step: at.step - 1,
          seed: recipe.seed,
          stage: stage.name,
        },
      });
      const drawn = draws.map(({ index }) => rows[index]!);
      const ids = draws.map(({ epoch }, i) => `${drawn[i]!.id}/${epoch}`);
      const { maxTokens, temperature, topK, topP } = stage;

      const sampled = await timed(store, { ...at, part: 'generate' }, async () => {
        const prompts = await preparePrompts(model, { recipe, set: policy, rows: drawn, ids }, work);
        const common = { prompts, recipe, sampling: { maxTokens, temperature, topK, topP } };
        const of = (by: SampleLine['by'], set: SetRef, numGenerations: number) =>
          sample(model, { ...common, set, numGenerations, stream: `${stage.name}/${by}` }, work);
        const byPolicy = await of('policy', policy, stage.kind === 'rloo' ? stage.numGenerations : 1);
        const byAnchor =
          stage.kind === 'jbond' ? await of('anchor', anchor, stage.anchorSamples) : prompts.map(() => []);
        const tokens = tokensOf(byPolicy) + tokensOf(byAnchor);
        const lines = prompts.flatMap((prompt, group) => [
          ...linesOf(prompt, group, 'policy', byPolicy[group]!),
          ...linesOf(prompt, group, 'anchor', byAnchor[group]!),
        ]);
        return { prompts, lines, tokens };
      });
      const path = runFiles(at.run.runId).samples(at.stage, at.step);
      const judged = await timed(store, { ...at, part: 'reward' }, async () => {
        const { prompts, lines } = sampled;
        const samples = lines.map((line) => ({ ...line, row: prompts[line.group]!.row }));
        return { lines: await judgeOnce({ store, at, path }, { recipe, samples, model }, lines, work) };
      });
      const samples = await writeOnce(store, path, jsonLines(judged.lines));
      const metrics = { ...measure(judged.lines), ...rewardMetrics(recipe, judged.lines) };
      const alarms = await raiseAlarms(store, at, recipe, metrics);
      return { samples, metrics: { ...metrics, ...alarms }, timings: [...sampled.timings, ...judged.timings] };
    }),
  };
}

/** The rows a stage draws from. */
async function drawableRows(store: Store, run: RunRef, chosen: ArtifactRef | null): Promise<PreparedRow[]> {
  const rows = await rowsOf(store, run.train);
  if (!chosen) return rows;
  const indices = JSON.parse(await store.readExactly(chosen)) as number[];
  return indices.map((index) => rows[index]!);
}

function linesOf(prompt: Prompt, group: number, by: SampleLine['by'], completions: readonly Completion[]) {
  return completions.map(({ text, finishReason, tokenIds, logProbs }) => ({
    ...{ group, id: prompt.id, by, prompt: prompt.text, completion: text, finishReason },
    ...{ promptIds: prompt.promptIds, tokenIds, logProbs },
  }));
}

/** Of the policy's completions alone; comparisons with the anchor's are measured where the weights are made. */
function measure(lines: readonly SampleLine[]): Metrics {
  const own = lines.filter(({ by }) => by === 'policy');
  // A completion that could not be judged is neither right nor wrong.
  const judged = own.filter(({ isCorrect }) => isCorrect !== null);
  const share = (of: readonly SampleLine[], holds: (line: SampleLine) => boolean) =>
    mean(of.map((line) => (holds(line) ? 1 : 0)));
  return {
    correct: share(judged, ({ isCorrect }) => isCorrect === true),
    completionLength: mean(own.map(({ tokenIds }) => tokenIds.length)),
    cutOff: share(own, ({ finishReason }) => finishReason === 'length'),
    unjudged: lines.filter(({ reward }) => reward === null).length,
  };
}
