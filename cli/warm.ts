import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { openCheckpoint } from '../model/checkpoints/open-checkpoint.ts';
import { readRewardModelInfo } from '../model/checkpoints/score-head.ts';
import { calibrate } from '../policies/reward-model.ts';
import { checkTogether } from '../policies/warm.ts';
import type { ModelClient, RewardModelInfo } from '../server/client.ts';
import { command } from './command.ts';
import { UsageError } from './failure.ts';
import { withModelServer } from './models.ts';
import { workspaceOf, workspaceOptions } from './workspace.ts';

const options = {
  ...workspaceOptions,
  out: { type: 'string', value: 'DIR', help: 'folder to write; a checkpoint there is replaced' },
  calibration: { type: 'string', value: 'FILE.jsonl', help: 'rows with prompt and completion to calibrate on' },
  chat: { type: 'boolean', help: "wrap the prompts of --calibration as user turns of the model's chat template" },
} as const;

export const run = command(
  {
    name: 'warm',
    arguments: 'FOLDER FOLDER …',
    about: `
Averages the weights of reward models, uniformly (WARM): members of one run, which begin with one pretrained model and one
head. Others are refused. Without --calibration the average has no calibration, and gives its rewards as they are.`,
    options,
    positionals: [2, 64],
  },
  async ({ values, positionals, output }) => {
    if (values.out === undefined) throw new UsageError('--out is missing: the folder to write');
    const folder = resolve(values.out);
    const paths = positionals.map((path) => resolve(path));
    const missing = paths.find((path) => !existsSync(path));
    if (missing !== undefined) throw new UsageError(`got ${missing}, expected folders of reward models; there is none`);
    const infos = await Promise.all(paths.map(readRewardModelInfo));
    checkTogether(
      paths.map((name, i) => ({ name, baseSha256: infos[i]?.baseSha256, headSha256: infos[i]?.headSha256 })),
    );
    const digests = await Promise.all(paths.map(async (path) => (await openCheckpoint(path)).digest()));
    const texts = values.calibration === undefined ? null : await readTexts(values.calibration);
    const { baseSha256, headSha256 } = infos[0]!;
    const request = { paths, folder, info: { baseSha256, headSha256 }, texts, chat: values.chat ?? false };
    const made = await withModelServer(workspaceOf(values), (model) => average(model, request));
    const parents = paths.map((path, i) => ({ path, sha256: digests[i], weight: 1 / paths.length }));
    const lineage = { sha256: made.sha256, bytes: made.bytes, method: 'warm', parents };
    await writeFile(join(folder, 'lineage.json'), `${JSON.stringify(lineage, null, 2)}\n`);
    output.say(`${folder}: average of ${paths.length} reward models, sha256 ${made.sha256}`);
    output.emit({ folder, ...lineage });
  },
);

interface Text {
  readonly prompt: string;
  readonly completion: string;
}

interface Average {
  readonly paths: readonly string[];
  readonly folder: string;
  readonly info: RewardModelInfo;
  readonly texts: readonly Text[] | null;
  readonly chat: boolean;
}

async function average(model: ModelClient, { paths, folder, info, texts, chat }: Average) {
  const prefix = `warm/${process.pid}`;
  const sets = paths.map((_, i) => ({ name: `${prefix}/${i}`, version: 0 }));
  const to = { name: `${prefix}/average`, version: 0 };
  try {
    for (const [i, set] of sets.entries()) await model.load({ set, source: paths[i]!, trainable: false, fence: 0 });
    const parts = sets.map((set) => ({ set, weight: 1 / sets.length }));
    await model.merge({ to, fence: 0, method: 'linear', parts });
    let rewardModel = info;
    if (texts) {
      const sequences = await model.tokenize({ set: to.name, items: texts, chat });
      const { rewards } = await model.reward({ set: to, sequences, calibrated: false, precision: 'float32' });
      rewardModel = { ...info, calibration: calibrate(rewards) };
    }
    return await model.save({ set: to, folder, withOptimizer: false, rewardModel });
  } finally {
    for (const { name } of [...sets, to]) await model.drop(name).catch(() => {}); // the server may be what failed
  }
}

/** @throws UsageError naming the line that is no prompt with a completion. */
async function readTexts(file: string): Promise<Text[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, i) => {
    const { prompt, completion } = JSON.parse(line) as Partial<Text>;
    if (typeof prompt === 'string' && typeof completion === 'string') return { prompt, completion };
    throw new UsageError(`${file}:${i + 1}: got no prompt and completion, expected both, as texts`);
  });
}
