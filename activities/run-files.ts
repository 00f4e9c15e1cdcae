import type { Recipe } from '../configs/schema/recipe.ts';

/** Where a run's files lie in the workspace. */
export function runFiles(runId: string) {
  const run = `runs/${runId}`;
  const named = (stage: string, step: number) => `${stage}-${String(step).padStart(6, '0')}`;
  return {
    /** The recipe after defaults. */
    config: `${run}/config.json`,
    /** What was found before anything was loaded: the base model's digest, rewards with their versions, every row. */
    prepared: `${run}/prepared.json`,
    train: `${run}/data/train.jsonl`,
    evaluation: `${run}/data/evaluation.jsonl`,
    /** Rows of an evaluation suite's own file. */
    suiteRows: (suite: string) => `${run}/data/suite-${suite}.jsonl`,
    /** Rows a stage chose to draw from. */
    chosenRows: (stage: string) => `${run}/data/${stage}-rows.json`,
    /** One line a step, the same for every run of the same recipe. */
    metrics: `${run}/metrics.jsonl`,
    /** What took how long; differs from run to run. */
    timings: `${run}/timings.jsonl`,
    evaluations: `${run}/evaluations.jsonl`,
    /** By which code the steps were judged: the first line for the beginning, each further one for a change. */
    rewards: `${run}/rewards.jsonl`,
    /** One line for each step with alarms. */
    alarms: `${run}/alarms.jsonl`,
    /** One line for each suite and stage. */
    suites: `${run}/suites.jsonl`,
    /** Every completion, with what the rewards said of it. */
    samples: (stage: string, step: number) => `${run}/samples/${named(stage, step)}.jsonl`,
    evaluationSamples: (stage: string, step: number) => `${run}/samples/evaluation-${named(stage, step)}.jsonl`,
    suiteSamples: (suite: string, stage: string, step: number) =>
      `${run}/samples/suite-${suite}-${named(stage, step)}.jsonl`,
    /** What an optimizer step was made on. */
    batch: (stage: string, step: number) => `${run}/batches/${named(stage, step)}.jsonl`,
    checkpoint: (stage: string, version: number) => `${run}/checkpoints/${stage}-${version}`,
    recovery: (stage: string, version: number) => `${run}/recovery/${stage}-${version}`,
    /** The result of a stage under its name, for whoever needs it later in the run. */
    output: (stage: string) => `${run}/outputs/${stage}.json`,
    lineage: `${run}/lineage.json`,
    result: `${run}/result.json`,
  };
}

/** Where a stage of reward models keeps what it makes on the way. */
export function rewardModelFiles(runId: string, stage: string) {
  const home = `runs/${runId}/reward-models/${stage}`;
  return {
    probe: `${home}/probe`,
    /** sha256 of the probe, which all members begin with. */
    probeDigest: `${home}/probe.sha256`,
    member: (index: number) => `${home}/member-${index}`,
    average: `${home}/average`,
    /** Each member's accuracy, which were averaged, and the calibration. */
    selection: `${home}/selection.json`,
  };
}

/** A recipe as `config.json` holds it. */
export function configText(recipe: Recipe): string {
  return `${JSON.stringify(recipe, null, 2)}\n`;
}

/** The result of a stage, by the digest of everything that decides it. */
export function keptStage(key: string): string {
  return `stages/${key}.json`;
}
