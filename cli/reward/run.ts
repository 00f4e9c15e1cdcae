import { loadReward } from '../../rewards/load.ts';
import { command } from '../command.ts';
import { checkInput, INPUT_HELP, judgeInput, outcomeLine, outcomeText, parseParams, readInput } from './input.ts';

/** Lines judged before the first of them are shown. */
const PART = 1024;

export const runReward = command(
  {
    name: 'reward run',
    arguments: 'NAME|FILE',
    about: `
Judges completions with a reward: a built-in name, a file, or a package. For each line of the input one line of output, in
order: its outcome, its score (none for abstained, infra_error and timeout), its reason.`,
    options: {
      input: { type: 'string', value: 'FILE.jsonl', help: INPUT_HELP },
      params: { type: 'string', value: 'JSON', help: "the reward's options; a line's own override them" },
    },
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const params = parseParams(values.params);
    const lines = await readInput(values.input);
    const loaded = await loadReward(positionals[0]!, process.cwd());
    await checkInput(loaded, lines, params);
    const size = loaded.reward.scope === 'group' ? Infinity : PART; // a group must not be torn apart
    for (let start = 0; start < lines.length; start += size) {
      for (const judged of await judgeInput(loaded, lines.slice(start, start + size), params)) {
        output.emit(outcomeLine(judged));
        output.say(outcomeText(judged.outcome));
      }
    }
  },
);
