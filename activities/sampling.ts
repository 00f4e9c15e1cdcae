import type { Recipe } from '../configs/schema/recipe.ts';
import type { Completion, ModelClient, SamplingOptions, SetRef } from '../server/client.ts';
import type { PreparedRow } from './data/prepare.ts';
import { renderPrompt } from './data/task.ts';
import type { Work } from './work.ts';

/** A prompt as text and as token ids. */
export interface Prompt {
  /** Names it in the random stream: the same id gives the same samples. */
  readonly id: string;
  readonly row: PreparedRow;
  readonly text: string;
  readonly promptIds: readonly number[];
}

interface SampleRequest {
  readonly set: SetRef;
  readonly prompts: readonly Prompt[];
  /** Comes before each prompt's id in the random stream: other streams, other samples. */
  readonly stream: string;
  readonly numGenerations: number;
  readonly sampling: SamplingOptions;
  readonly recipe: Recipe;
}

/** Renders rows by the recipe's task, or by `render`, and tokenizes them. `ids` name the prompts, in order. */
export async function preparePrompts(
  model: ModelClient,
  {
    recipe,
    set,
    rows,
    ids,
    render,
  }: {
    readonly recipe: Recipe;
    readonly set: SetRef;
    readonly rows: readonly PreparedRow[];
    readonly ids: readonly string[];
    readonly render?: (row: PreparedRow) => string;
  },
  { signal }: Work,
): Promise<Prompt[]> {
  const texts = rows.map(render ?? ((row) => renderPrompt(recipe.task, row)));
  const items = texts.map((prompt) => ({ prompt }));
  const sequences = await model.tokenize({ set: set.name, items, chat: recipe.task.chat }, { signal });
  return rows.map((row, i) => ({ id: ids[i]!, row, text: texts[i]!, promptIds: sequences[i]!.promptIds }));
}

/** All samples of each prompt, in the order of the prompts. */
export async function sample(model: ModelClient, request: SampleRequest, work: Work): Promise<Completion[][]> {
  const { set, prompts, stream, numGenerations, sampling, recipe } = request;
  const answers = new Array<Completion[] | undefined>(prompts.length);
  let done = 0;
  const calls = model.generate(
    {
      ...{ set, numGenerations, sampling, seed: recipe.seed, precision: recipe.precision.rollouts },
      prompts: prompts.map(({ id, promptIds }) => ({ id: `${stream}/${id}`, promptIds })),
    },
    { signal: work.signal },
  );
  for await (const { promptIndex, completions } of calls) {
    answers[promptIndex] = [...completions];
    work.report(`${stream}: ${++done} of ${prompts.length} prompts`);
  }
  return answers.map((completions, index) => {
    if (completions?.length === numGenerations) return completions;
    throw new Error(
      `${stream}: prompt ${index} got ${completions?.length ?? 0} completions, expected ${numGenerations}; ` +
        'the model server broke its contract',
    );
  });
}

export function tokensOf(completions: readonly Completion[][]): number {
  return completions.flat().reduce((total, { tokenIds }) => total + tokenIds.length, 0);
}
