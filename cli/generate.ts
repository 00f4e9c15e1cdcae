import * as z from 'zod';

import type { ModelClient, PromptCompletions, SetRef } from '../server/client.ts';
import { command } from './command.ts';
import { parseNumber, readJsonLines } from './json-input.ts';
import { modelOptions, withModel } from './models.ts';
import { parsePrecision, precisionOn, precisionOption } from './precision.ts';

/** Prompts in one request: enough to fill the device, few enough to see results soon. */
const PROMPTS_PER_REQUEST = 128;

const Line = z.looseObject({ prompt: z.string() });

export const run = command(
  {
    name: 'generate',
    about: `
Completes the prompts of a JSON lines file ({"prompt": …}), in its order. With --json each line holds prompt, completion,
tokenIds, logProbs (nats, at the sampling temperature) and finishReason.`,
    options: {
      ...modelOptions,
      input: { type: 'string', value: 'FILE.jsonl', help: 'lines with a prompt' },
      'max-tokens': { type: 'string', value: 'N', help: 'longest completion, in tokens (default: 128)' },
      temperature: { type: 'string', value: 'T', help: '0 takes the most likely token each time (default: 0)' },
      'top-k': { type: 'string', value: 'K', help: 'sample among the K most likely tokens; 0 means all (default: 0)' },
      'top-p': { type: 'string', value: 'P', help: 'sample within this much probability (default: 1)' },
      seed: { type: 'string', value: 'N', help: 'another seed, other samples (default: 0)' },
      ...precisionOption,
      raw: { type: 'boolean', help: 'no chat template: the start token and the prompt' },
    },
  },
  async ({ values, output }) => {
    const lines = await readJsonLines(values.input, Line);
    const sampling = {
      maxTokens: parseNumber('max-tokens', values['max-tokens'], { fallback: 128, min: 1, isWhole: true }),
      temperature: parseNumber('temperature', values.temperature, { fallback: 0, min: 0 }),
      topK: parseNumber('top-k', values['top-k'], { fallback: 0, min: 0, isWhole: true }),
      topP: parseNumber('top-p', values['top-p'], { fallback: 1, min: Number.MIN_VALUE, max: 1 }),
    };
    const seed = parseNumber('seed', values.seed, { fallback: 0, min: 0, isWhole: true });
    const named = parsePrecision(values.precision);
    await withModel(values, output, async (model, set) => {
      const precision = await precisionOn(model, named);
      for (let start = 0; start < lines.length; start += PROMPTS_PER_REQUEST) {
        const prompts = lines.slice(start, start + PROMPTS_PER_REQUEST).map(({ prompt }) => prompt);
        const request = { set, prompts, start, chat: values.raw !== true };
        for (const [i, answer] of (await complete(model, request, { sampling, seed, precision })).entries()) {
          const { text, tokenIds, logProbs, finishReason } = answer.completions[0]!;
          output.say(text);
          output.emit({ prompt: prompts[i], completion: text, tokenIds, logProbs, finishReason });
        }
        output.status(`${Math.min(lines.length, start + PROMPTS_PER_REQUEST)} of ${lines.length} prompts`);
      }
    });
  },
);

interface Request {
  readonly set: SetRef;
  readonly prompts: readonly string[];
  /** Number of the first prompt in the file; a prompt's number names it in the random stream. */
  readonly start: number;
  readonly chat: boolean;
}

type Options = Pick<Parameters<ModelClient['generate']>[0], 'sampling' | 'seed' | 'precision'>;

/** In the order of the prompts. */
async function complete(model: ModelClient, { set, prompts, start, chat }: Request, options: Options) {
  const items = prompts.map((prompt) => ({ prompt }));
  const sequences = await model.tokenize({ set: set.name, items, chat });
  const answers: PromptCompletions[] = [];
  const named = sequences.map(({ promptIds }, i) => ({ id: `line ${start + i}`, promptIds }));
  for await (const answer of model.generate({
    ...{ set, prompts: named, numGenerations: 1, ...options },
  })) {
    answers[answer.promptIndex] = answer;
  }
  return answers;
}
