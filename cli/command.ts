import { parseArgs, type ParseArgsConfig } from 'node:util';

import { closest } from '../sdk/closest.ts';
import { failureOf, UsageError } from './failure.ts';
import { Output } from './output.ts';

/** One option of a command, as `parseArgs` reads it and `--help` shows it. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** Stands for the value in the help: `DIR` in `--workspace DIR`. */
  readonly value?: string;
  readonly help: string;
}

/** Of commands that read a recipe. */
export const setOption = {
  set: {
    ...{ type: 'string', multiple: true, value: 'KEY=VALUE' },
    help: 'replace any part of the recipe, as stages.sft.epochs=1; may be given again (null: leave it out)',
  },
} as const satisfies Record<string, OptionSpec>;

export interface CommandSpec<Options extends Readonly<Record<string, OptionSpec>>> {
  /** As it is typed: `model pull`. */
  readonly name: string;
  /** What follows the name: `FILE [options]`. */
  readonly arguments?: string;
  /** What it does, for `--help`. */
  readonly about: string;
  readonly options: Options;
  /** Fewest and most positional arguments. Default none. */
  readonly positionals?: readonly [min: number, max: number];
}

type Values<Options> = {
  readonly [Name in keyof Options]?: Options[Name] extends { type: 'boolean' }
    ? boolean
    : Options[Name] extends { multiple: true }
      ? readonly string[]
      : string;
};

export interface Invocation<Options> {
  readonly values: Values<Options>;
  readonly positionals: readonly string[];
  readonly output: Output;
}

/** What every command takes. */
const COMMON = {
  json: { type: 'boolean', help: 'print JSON lines on stdout, and nothing else there' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
} as const satisfies Record<string, OptionSpec>;

/**
 * Makes a command of a body: reads the arguments, answers `--help`, and turns what the body throws into a message on
 * stderr and an exit code.
 *
 * Exit codes: 0 done, 1 failed, 2 wrong usage or recipe, 3 a server cannot be reached.
 */
export function command<const Options extends Readonly<Record<string, OptionSpec>>>(
  spec: CommandSpec<Options>,
  body: (invocation: Invocation<Options>) => Promise<void>,
): (args: readonly string[]) => Promise<void> {
  return async (args) => {
    try {
      const { values, positionals } = parse(spec, args);
      if (values.help) {
        console.log(helpOf(spec));
        return;
      }
      checkCount(spec, positionals);
      await body({ values: values as Values<Options>, positionals, output: new Output(values.json === true) });
    } catch (error) {
      const { message, exitCode } = failureOf(error);
      console.error(message.replace(/^/, `cabochon ${spec.name}: `));
      process.exitCode = exitCode;
    }
  };
}

function parse(spec: CommandSpec<Readonly<Record<string, OptionSpec>>>, args: readonly string[]) {
  const options: Readonly<Record<string, OptionSpec>> = { ...spec.options, ...COMMON };
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short && { short }), ...(multiple && { multiple }) },
    ]),
  ) satisfies ParseArgsConfig['options'];
  try {
    return parseArgs({ args: [...args], options: config, allowPositionals: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /Unknown option '--([^']+)'/.exec(message)?.[1];
    if (unknown === undefined) throw new UsageError(`${message.replace(/\.?$/, '')}; --help shows what there is`);
    const near = closest(unknown, Object.keys(options));
    throw new UsageError(
      `no option --${unknown}${near ? `; do you mean --${near}?` : ''} (--help shows what there is)`,
    );
  }
}

function checkCount(
  { positionals: [min, max] = [0, 0], ...spec }: CommandSpec<object & Record<string, OptionSpec>>,
  given: readonly string[],
) {
  if (given.length >= min && given.length <= max) return;
  const expected = min === max ? `${min}` : `${min} to ${max}`;
  throw new UsageError(
    `got ${given.length} argument${given.length === 1 ? '' : 's'}${given.length ? ` (${given.join(' ')})` : ''}, ` +
      `expected ${expected}: cabochon ${spec.name} ${spec.arguments ?? ''}`.trimEnd(),
  );
}

function helpOf(spec: CommandSpec<Readonly<Record<string, OptionSpec>>>): string {
  const rows = Object.entries({ ...spec.options, ...COMMON }).map(([name, option]: [string, OptionSpec]) => {
    const short = option.short ? `-${option.short}, ` : '';
    return [`${short}--${name}${option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : ''}`, option.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `cabochon ${spec.name}${spec.arguments ? ` ${spec.arguments}` : ''} [options]`,
    '',
    spec.about.trim(),
    '',
    'Options:',
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
  ].join('\n');
}
