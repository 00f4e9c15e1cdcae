/** One thing wrong with a config, with its place in the file. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly file: string;
  /** Null for a value that came from the command line. */
  readonly position: { readonly line: number; readonly column: number } | null;
  /** `stages[0].learningRate`; empty when the whole file is meant. */
  readonly path: string;
  /** What was got, what was expected. */
  readonly message: string;
}

/** A config that does not fit its schema. The message has one line for each problem: `file:line:column: path: …`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

function formatProblem({ file, position, path, message }: ConfigProblem): string {
  const where = position ? `${file}:${position.line}:${position.column}` : `${file} (command line)`;
  return [where, path, message].filter((part) => part !== '').join(': ');
}
