import * as z from 'zod';

import { command } from './command.ts';
import { readJsonLines } from './json-input.ts';
import { modelOptions, withModel } from './models.ts';
import { parsePrecision, precisionOn, precisionOption } from './precision.ts';

const PER_REQUEST = 128;

const Line = z.looseObject({ prompt: z.string(), completion: z.string().min(1) });

export const run = command(
  {
    name: 'score',
    about: `
Log-probabilities (nats, temperature 1) of given completions: for each line {"prompt": …, "completion": …} one with tokenIds
and logProbs of the completion's tokens.`,
    options: {
      ...modelOptions,
      input: { type: 'string', value: 'FILE.jsonl', help: 'lines with a prompt and a completion' },
      ...precisionOption,
      raw: { type: 'boolean', help: 'no chat template: the start token and the prompt' },
      'end-token': { type: 'boolean', help: 'score the end of the completion too' },
    },
  },
  async ({ values, output }) => {
    const lines = await readJsonLines(values.input, Line);
    const endToken = values['end-token'] === true;
    const named = parsePrecision(values.precision);
    await withModel(values, output, async (model, set) => {
      const precision = await precisionOn(model, named);
      for (let start = 0; start < lines.length; start += PER_REQUEST) {
        const part = lines.slice(start, start + PER_REQUEST);
        const items = part.map(({ prompt, completion }) => ({ prompt, completion, endToken }));
        const sequences = await model.tokenize({ set: set.name, items, chat: values.raw !== true });
        const { logProbs } = await model.score({ set, sequences, temperature: 1, precision });
        part.forEach(({ prompt, completion }, i) => {
          const tokenIds = sequences[i]!.completionIds;
          const total = logProbs[i]!.reduce((sum, value) => sum + value, 0);
          output.say(`${total.toFixed(4)} nats in ${tokenIds.length} tokens: ${JSON.stringify(completion)}`);
          output.emit({ prompt, completion, tokenIds, logProbs: logProbs[i] });
        });
      }
    });
  },
);
