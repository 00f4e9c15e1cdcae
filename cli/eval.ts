import { command, setOption } from './command.ts';
import { runAccuracy } from './eval/accuracy.ts';
import { runNamedSuite, SUITE_KINDS } from './eval/suite.ts';
import { modelOptions } from './models.ts';
import { precisionOption } from './precision.ts';

export const run = command(
  {
    name: 'eval',
    about: `
Measures a model. Without --suite: greedy accuracy on --data, or on the recipe's evaluation rows, by a recipe: its template,
its row filters, its rewards. A completion is right when the first reward gives it its highest score; beside it, what each
reward says and how far the sampler's log-probabilities are from the trainer's.

With --suite NAME: a suite of the recipe, or of a kind by itself:
  perplexity   of --data (a text file, or JSONL of {"text"} or of {"prompt", "completion"}), or of the recipe's evaluation rows
  ifeval       strict and loose accuracy on --data (IFEval's input_data.jsonl)
  pass-at-k    pass@k and expected reward of the best of k from --samples completions of each row; needs --config
  win-rate     share of rows on which --judge, or the recipe's rewards, prefer --model to --against; needs --config

Intervals are 95 %: Wilson's for shares, else 1.96 standard errors over prompts or texts.`,
    options: {
      ...modelOptions,
      data: { type: 'string', value: 'FILE', help: 'rows or texts to evaluate on' },
      config: { type: 'string', value: 'RECIPE.yaml', help: 'says how a row becomes a prompt and what is right' },
      ...setOption,
      problems: { type: 'string', value: 'N', help: 'use the first N rows only' },
      suite: { type: 'string', value: 'NAME', help: `a suite of the recipe, or ${SUITE_KINDS.join(', ')}` },
      against: { type: 'string', value: 'NAME|PATH', help: 'win-rate: the model to compare with' },
      judge: { type: 'string', value: 'REWARD', help: 'win-rate: built-in name, file or package' },
      'judge-params': { type: 'string', value: 'JSON', help: "win-rate: the judge's options" },
      samples: { type: 'string', value: 'M', help: 'pass-at-k: completions of each row' },
      k: { type: 'string', value: 'LIST', help: 'pass-at-k: as 1,4,16' },
      temperature: { type: 'string', value: 'T', help: 'pass-at-k, win-rate: divides the logits' },
      window: { type: 'string', value: 'N', help: 'perplexity: characters of a piece of text' },
      'max-tokens': { type: 'string', value: 'N', help: 'longest completion' },
      'few-shot': { type: 'string', value: 'N', help: 'solved training rows before each prompt; not with --data' },
      precision: { ...precisionOption.precision, help: "of matrix products (default: the recipe's, else auto)" },
      raw: { type: 'boolean', help: 'without --config: no chat template' },
      output: { type: 'string', value: 'FILE.jsonl', help: 'write what was found for each completion or text' },
    },
  },
  async ({ values, output }) =>
    values.suite === undefined ? runAccuracy(values, output) : runNamedSuite(values.suite, values, output),
);
