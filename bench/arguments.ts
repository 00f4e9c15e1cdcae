import { parseArgs } from 'node:util';

import { closest } from '../sdk/closest.ts';

/** What is measured unless told otherwise. */
export const MODEL = 'gemma-3-270m';

/** What the command line asks for. */
export interface Request {
  readonly names: readonly string[];
  /** Standard output gets records only. */
  readonly json: boolean;
  /** Write docs/benchmarks.md at the end. */
  readonly write: boolean;
  readonly model: string;
  readonly repeats?: number;
  readonly peers?: string;
}

/** The command line cannot be followed, or asks for help. */
export class Usage extends Error {
  override readonly name = 'Usage';
  readonly isError: boolean;
  constructor(text: string, isError: boolean) {
    super(text);
    this.isError = isError;
  }
}

/**
 * Reads the command line. Without a name, all benchmarks run and the report is written.
 *
 * @throws Usage
 */
export function parseArguments(args: readonly string[], known: readonly string[]): Request {
  const refuse = (message: string): never => {
    throw new Usage(`bench: ${message}\n\n${help(known)}`, true);
  };
  const { values, positionals } = read(args, refuse);
  if (values.help) throw new Usage(help(known), false);
  for (const name of positionals) {
    if (known.includes(name)) continue;
    const near = closest(name, known);
    refuse(`no benchmark '${name}'${near ? `; do you mean '${near}'?` : ''}`);
  }
  const repeats = values.repeats === undefined ? undefined : Number(values.repeats);
  if (repeats !== undefined && !(Number.isInteger(repeats) && repeats >= 1)) {
    refuse(`--repeats: got ${values.repeats}, expected a whole number from 1`);
  }
  const all = positionals.length === 0;
  return {
    names: all && !values.report ? known : positionals,
    json: values.json ?? false,
    write: all || (values.report ?? false),
    model: values.model ?? MODEL,
    ...(repeats !== undefined && { repeats }),
    ...(values.peers !== undefined && { peers: values.peers }),
  };
}

function read(args: readonly string[], refuse: (message: string) => never) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        report: { type: 'boolean' },
        repeats: { type: 'string' },
        peers: { type: 'string' },
        model: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const help = (known: readonly string[]): string =>
  `npm run -s bench -- [NAME …] [--json] [--repeats N] [--peers TEXT] [--model NAME]
                              measures; without a name everything, and writes docs/benchmarks.md
npm run -s bench -- --report  writes docs/benchmarks.md from what was measured last

  --json        records only on standard output, one a line; all else goes to standard error
  --repeats N   measured repeats of each side
  --peers TEXT  only peers whose name contains TEXT
  --model NAME  another model than ${MODEL}: \`tiny\` shows in seconds whether all works

Records made with --peers or --model are printed and not kept.

names: ${known.join(', ')}`;
