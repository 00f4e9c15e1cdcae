import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { journalLines } from '../activities/journal.ts';
import type { Judged } from '../activities/judging.ts';
import { scoreOf } from '../sdk/outcomes.ts';
import { command } from './command.ts';
import { UsageError } from './failure.ts';
import { parseNumber } from './json-input.ts';
import { outcomeText } from './reward/input.ts';
import { sampleFiles } from './runs/sample-files.ts';
import { workspaceOf, workspaceOptions } from './workspace.ts';

/** What the samples of steps and of evaluations have in common. */
interface SampleLine extends Judged {
  readonly id: string;
  readonly by?: string;
  readonly prompt: string;
  readonly completion: string;
  readonly finishReason: 'stop' | 'length';
}

export const run = command(
  {
    name: 'samples',
    arguments: 'RUN',
    about: `
Shows the samples that a run recorded: prompt, completion, and what each reward said of it. The newest step first.`,
    options: {
      ...workspaceOptions,
      stage: { type: 'string', value: 'NAME', help: 'only those of this stage' },
      step: { type: 'string', value: 'N', help: 'only those of this step' },
      outcome: { type: 'string', value: 'KIND', help: 'only those with this outcome, as policy_error' },
      reason: { type: 'string', value: 'TEXT', help: 'only those whose reason has this text' },
      limit: { type: 'string', value: 'N', help: 'so many at most (default: 10)' },
    },
    positionals: [1, 1],
  },
  async ({ values, positionals: [runId], output }) => {
    const number = (name: 'step' | 'limit', fallback: number) =>
      parseNumber(name, values[name], { fallback, min: 0, isWhole: true });
    const folder = join(workspaceOf(values), 'runs', runId!, 'samples');
    const step = values.step === undefined ? undefined : number('step', 0);
    const files = (await sampleFiles(folder))
      .filter((file) => values.stage === undefined || file.stage === values.stage)
      .filter((file) => step === undefined || file.step === step);
    if (files.length === 0)
      throw new UsageError(`no samples in ${folder}, or none of that stage and step; cabochon status lists the runs`);

    const wanted = ({ parts }: SampleLine) =>
      parts.some(
        ({ outcome, reason = '' }) =>
          (values.outcome === undefined || outcome === values.outcome) && reason.includes(values.reason ?? ''),
      );
    const limit = number('limit', 10);
    let left = limit;
    for (const { name, ...at } of files.toSorted((a, b) => b.step - a.step)) {
      for (const text of journalLines(await readFile(join(folder, name), 'utf8'))) {
        const line = JSON.parse(text) as SampleLine;
        if (!wanted(line)) continue;
        if (left-- === 0) return output.say('… more: --limit');
        const { id, by, prompt, completion, finishReason, reward, parts } = line;
        output.emit({ ...at, file: name, id, by, prompt, completion, finishReason, reward, parts });
        output.say(`── ${name}  ${id}${by ? `  by the ${by}` : ''}  reward ${reward ?? 'none'}`);
        output.say(prompt);
        output.say(`→${completion}${finishReason === 'length' ? ' … (cut off)' : ''}`);
        for (const part of parts) output.say(`  ${part.name} (${scoreOf(part) ?? 'no number'}): ${outcomeText(part)}`);
      }
    }
    if (left === limit) output.note(`no sample with that outcome and reason in ${files.length} files of ${folder}`);
  },
);
