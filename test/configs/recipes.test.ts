import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { recipeJsonSchema } from '../../configs/json-schema.ts';
import { loadRecipe } from '../../configs/load.ts';

const files = readdirSync('configs').filter((file) => file.endsWith('.yaml'));

describe('recipes that come with the project', () => {
  const FULL = 'gemma3-270m-full.yaml';
  test.each(files.filter((file) => file !== FULL))('%s is valid', async (file) => {
    // some name a data file that their user brings
    const { recipe } = await loadRecipe(
      `configs/${file}`,
      ['code.yaml', 'word-problems.yaml'].includes(file) ? { data: 'package.json' } : {},
    );
    const first = /gemma3-(1b|4b|12b)/.test(file) ? 'distill' : 'sft';
    expect(recipe.stages.map(({ kind }) => kind)).toEqual([first, 'jbond']);
  });

  test(`${FULL} is valid with files in the places that its head names: everything, in order`, async () => {
    const head = readFileSync(`configs/${FULL}`, 'utf8');
    const set = [...head.matchAll(/--set ([a-z.]+)=/g)].map(
      ([, key], i) => `${key!}=${['package.json', 'README.md'][i % 2]!}`,
    );
    expect(set).toHaveLength(5);
    const { recipe } = await loadRecipe(`configs/${FULL}`, { data: 'package.json', set });
    expect(recipe.stages.map(({ kind }) => kind)).toEqual(['sft', 'reward-model', 'reward-model', 'warp']);
  });

  test('there are nine', () => {
    const large = ['12b', '1b', '27b', '270m-full', '4b'].map((size) => `gemma3-${size}.yaml`);
    expect(files.toSorted()).toEqual(
      ['code.yaml', ...large, 'quickstart.yaml', 'tiny.yaml', 'word-problems.yaml'].toSorted(),
    );
  });
});

describe('JSON Schema for editors', () => {
  interface Node {
    readonly properties?: Readonly<Record<string, Node>>;
    readonly items?: Node;
    readonly oneOf?: readonly Node[];
    readonly description?: string;
    readonly const?: unknown;
    readonly additionalProperties?: unknown;
  }
  const schema = recipeJsonSchema() as Node;

  test('knows every kind of stage and forbids other keys', () => {
    const stages = schema.properties?.stages?.items?.oneOf ?? [];
    expect(stages.map((stage) => stage.properties?.kind?.const)).toEqual([
      'sft',
      'jbond',
      'rloo',
      'warp',
      'distill',
      'reward-model',
    ]);
    expect(new Set(stages.map((stage) => stage.additionalProperties))).toEqual(new Set([false]));
  });

  test('has a description for every field that is not itself a group', () => {
    const bare: string[] = [];
    const visit = (node: Node, path: string) => {
      for (const [key, child] of Object.entries(node.properties ?? {})) {
        const isGroup = child.properties !== undefined || child.items !== undefined;
        if (child.description === undefined && child.const === undefined && !isGroup) bare.push(`${path}${key}`);
        visit(child, `${path}${key}.`);
      }
      for (const child of [...(node.items ? [node.items] : []), ...(node.oneOf ?? [])]) visit(child, path);
    };
    visit(schema, '');
    expect(bare).toEqual([]);
  });
});
