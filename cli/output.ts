/**
 * Where a command's words go. People read stdout, with notes and progress on stderr; with `--json`, stdout has JSON lines
 * and nothing else.
 */
export class Output {
  readonly json: boolean;
  private statusShown = false;

  constructor(json: boolean) {
    this.json = json;
  }

  /** For people: a line of the answer. Silent with `--json`. */
  say(line: string): void {
    if (this.json) return;
    this.clearStatus();
    process.stdout.write(`${line}\n`);
  }

  /** For programs: one JSON line. Silent without `--json`. */
  emit(value: unknown): void {
    if (!this.json) return;
    this.clearStatus();
    process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** For whoever watches: a line on stderr. */
  note(line: string): void {
    this.clearStatus();
    process.stderr.write(`${line}\n`);
  }

  /** Whether anybody sees the status line. */
  get hasStatus(): boolean {
    return process.stderr.isTTY && process.env.NO_COLOR === undefined && !this.json;
  }

  /** What goes on right now: one line on the terminal, overwritten by the next. Nothing where there is no terminal. */
  status(line: string): void {
    if (!this.hasStatus) return;
    this.clearStatus();
    process.stderr.write(line.slice(0, (process.stderr.columns ?? 80) - 1));
    this.statusShown = true;
  }

  private clearStatus(): void {
    if (!this.statusShown) return;
    process.stderr.write('\r\u001b[K');
    this.statusShown = false;
  }
}

/** Rows as columns of equal width; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
