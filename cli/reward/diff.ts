import { loadReward } from '../../rewards/load.ts';
import { scoreOf } from '../../sdk/outcomes.ts';
import { command } from '../command.ts';
import { checkInput, INPUT_HELP, judgeInput, outcomeLine, outcomeText, parseParams, readInput } from './input.ts';

export const diff = command(
  {
    name: 'reward diff',
    arguments: 'A B',
    about: `
Judges completions with two rewards and shows the lines where they differ in outcome or score. A and B are built-in names,
files or packages: two versions of a file, say. Exit code 0, whether they differ or not.`,
    options: {
      input: { type: 'string', value: 'FILE.jsonl', help: INPUT_HELP },
      params: { type: 'string', value: 'JSON', help: "options of both; a line's own override them" },
      'params-b': { type: 'string', value: 'JSON', help: 'options of B in place of --params' },
    },
    positionals: [2, 2],
  },
  async ({ values, positionals, output }) => {
    const lines = await readInput(values.input);
    const judge = async (use: string, params: ReturnType<typeof parseParams>) => {
      const loaded = await loadReward(use, process.cwd());
      await checkInput(loaded, lines, params);
      return judgeInput(loaded, lines, params);
    };
    const [a, b] = [parseParams(values.params), parseParams(values['params-b'] ?? values.params)];
    const before = await judge(positionals[0]!, a);
    const after = await judge(positionals[1]!, b);
    let different = 0;
    for (const [i, { where, completion }] of lines.entries()) {
      const [was, is] = [before[i]!.outcome, after[i]!.outcome];
      if (was.outcome === is.outcome && scoreOf(was) === scoreOf(is)) continue;
      different++;
      output.emit({ where, completion, a: outcomeLine(before[i]!), b: outcomeLine(after[i]!) });
      for (const line of [`${where}  ${clip(completion)}`, `  A ${outcomeText(was)}`, `  B ${outcomeText(is)}`])
        output.say(line);
    }
    output.note(`${different} of ${lines.length} lines differ`);
  },
);

/** One line of a text, cut where it grows long. */
export function clip(text: string): string {
  const line = JSON.stringify(text);
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
