import { builtinModules } from 'node:module';

import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Which top-level folders a folder may import. A path narrows it to one file. cli/, test/, bench/ and science/ may import all. */
const MAY_IMPORT = {
  sdk: [],
  sandbox: ['sdk'],
  math: [],
  // The random stream is one function for data, tasks and sampling; set-up and models share one cache.
  model: ['sdk/random', 'scripts/paths'],
  configs: ['sdk'],
  policies: ['sdk'],
  rewards: ['sdk', 'math', 'sandbox'],
  server: ['configs', 'model', 'sdk'],
  // The client of the model server, and nothing that would load the model into a worker.
  activities: ['configs', 'policies', 'rewards', 'sdk', 'math', 'server/client', 'server/errors', 'server/grpc-client'],
  workflows: [],
};

/** Folders of which only types may be imported: workflow code is bundled and replayed. */
const TYPES_ONLY = { workflows: ['activities', 'configs', 'sdk'] };

/** Folders that everything stands on, but nothing below may reach up to. */
const ABOVE = ['cli', 'test', 'bench', 'science', 'scripts'];

/** Packages that have one place. `cli` and `test` are never restricted. */
const OWNED_PACKAGES = [
  { regex: '^@tensorflow/', owners: [], why: 'TensorFlow.js enters through model/tf.ts and model/tensor/' },
  { regex: '^mathjs', owners: ['math'], why: 'mathjs belongs to math/' },
  { regex: '^isolated-vm', owners: ['sandbox'], why: 'isolates belong to sandbox/' },
  { regex: '^yaml', owners: ['configs'], why: 'YAML belongs to configs/' },
  { regex: '^@huggingface/', owners: ['model'], why: 'the hub and its tokenizers belong to model/' },
  { regex: '^@grpc/', owners: ['server', 'activities'], why: 'gRPC belongs to server/ and its callers' },
  { regex: '^@temporalio/workflow', owners: ['workflows'], why: 'it works only inside a workflow' },
  { regex: '^@temporalio/activity', owners: ['activities'], why: 'it works only inside an activity' },
  { regex: '^@temporalio/common', owners: ['activities', 'workflows'], why: 'Temporal has its folders' },
  { regex: '^@temporalio/(client|worker|testing)', owners: [], why: 'clients and workers are made in cli/' },
];

const FOLDERS = Object.keys(MAY_IMPORT);

/** Import rules of one folder, as patterns of what it must not import. */
function patternsFor(folder) {
  const whole = MAY_IMPORT[folder].filter((name) => !name.includes('/'));
  const files = MAY_IMPORT[folder].filter((name) => name.includes('/'));
  const typesOnly = TYPES_ONLY[folder] ?? [];
  const banned = FOLDERS.filter((name) => name !== folder && !whole.includes(name) && !typesOnly.includes(name));
  const exceptions = files.length ? `(?!(${files.join('|')})\\.m?[jt]s$)` : '';
  const from = (names) => `^(\\.\\./)+${exceptions}(${names.join('|')})/`;
  return [
    { regex: from([...banned, ...ABOVE]), message: `${folder}/ must not import this; see eslint.config.js.` },
    ...(typesOnly.length
      ? [{ regex: from(typesOnly), allowTypeImports: true, message: `${folder}/ may import its types only.` }]
      : []),
    ...OWNED_PACKAGES.filter(({ owners }) => !owners.includes(folder)).map(({ regex, why }) => ({
      regex,
      message: `${why}.`,
    })),
  ];
}

function boundary(folder) {
  const patterns = patternsFor(folder);
  if (folder === 'workflows') {
    patterns.push({
      regex: `^(node:.*|(${builtinModules.join('|')})(/.*)?|zod)$`,
      message: 'Workflow code must be deterministic and small: do this in an activity.',
    });
  }
  return {
    files: [`${folder}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

/** The one door to TensorFlow.js. */
const tensorflow = {
  files: ['model/tf.ts', 'model/tensor/**/*.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: patternsFor('model').filter(({ regex }) => regex !== '^@tensorflow/') },
    ],
  },
};

const COMMON = {
  // TypeScript checks names, also those of .mjs files, and knows which globals there are.
  'no-undef': 'off',
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
};

export default tseslint.config(
  { ignores: ['node_modules/', '.cabochon/', 'dist/', 'server/proto/generated/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...COMMON,
      eqeqeq: ['error', 'smart'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness is a pure function of seed, names and counters.' },
      ],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  ...FOLDERS.map(boundary),
  tensorflow,
  {
    files: ['**/*.mjs', '**/*.js'],
    extends: [js.configs.recommended],
    rules: COMMON,
  },
  {
    // One program in several files: sandbox/worker/snapshot.ts puts them into one function.
    files: ['sandbox/realm/*.js'],
    languageOptions: { sourceType: 'script' },
    rules: { 'no-unused-vars': 'off' },
  },
  { files: ['test/**/*.ts'], rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' } },
);
