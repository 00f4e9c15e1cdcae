import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect } from 'vitest';

import { ConfigError, loadRecipe, type RecipeOverrides } from '../../configs/load.ts';

/** A recipe that nothing is wrong with. */
export const GOOD = `name: good
model: tiny
data:
  generator: { kind: one-operation, trainProblems: 10, evaluationProblems: 5 }
task:
  prompt: "{question}"
  completion: " {answer}"
rewards:
  - use: exact-number
stages:
  - kind: sft
  - { kind: jbond, steps: 3, maxTokens: 8 }
evaluation: { maxTokens: 8 }
`;

/** Where texts become `recipe.yaml`. Tests put what they name beside it. */
export const recipeFolder = mkdtempSync(join(tmpdir(), 'cabochon-recipe-'));
afterAll(() => rmSync(recipeFolder, { recursive: true }));

export async function load(text: string, overrides?: RecipeOverrides) {
  const file = join(recipeFolder, 'recipe.yaml');
  await writeFile(file, text);
  return (await loadRecipe(file, overrides)).recipe;
}

/** Every problem of a text, without the file's name. */
export async function problemsOf(text: string, overrides?: RecipeOverrides): Promise<string[]> {
  const error = await load(text, overrides).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message.replaceAll(join(recipeFolder, 'recipe.yaml'), '').split('\n');
}
