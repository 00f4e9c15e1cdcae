/** The rewards that come with the project: name in a recipe, module. Each is written as a plugin author would. */
export const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['code-execution', './code-execution.ts'],
  ['exact-number', './exact-number.ts'],
  ['format', './format.ts'],
  ['ifeval', './ifeval.ts'],
  ['language', './language.ts'],
  ['length', './length.ts'],
  ['math', './math.ts'],
  ['reward-model', './reward-model.ts'],
  ['repetition', './repetition.ts'],
]);
