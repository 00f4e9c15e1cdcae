import type { Store } from './artifacts.ts';

/** One JSON object a line; `stage`, `step` and, where there are several, `suite` name the line. */
export interface JournalEntry {
  readonly stage: string;
  readonly step: number;
  readonly suite?: string;
}

/** The same step gave something else the second time. Nothing built on this run can be trusted. */
export class NotDeterministicError extends Error {
  override readonly name = 'NotDeterministicError';
}

/**
 * Adds a line to a journal, once: a step recorded before must be recorded again with the very same line, which is what a
 * redo after a crash does.
 *
 * @throws NotDeterministicError with both lines when they differ.
 */
export async function recordOnce(store: Store, path: string, entry: JournalEntry): Promise<void> {
  const line = JSON.stringify(entry);
  await store.update(path, (content) => {
    const before = journalLines(content ?? '').find((other) => {
      const { stage, step, suite } = JSON.parse(other) as JournalEntry;
      return stage === entry.stage && step === entry.step && suite === entry.suite;
    });
    if (before === undefined) return `${content ?? ''}${line}\n`;
    if (before === line) return null;
    throw new NotDeterministicError(
      `${path}: run is not deterministic: ${entry.stage} step ${entry.step}, done again, gave another result\n` +
        `  before ${before}\n  now    ${line}`,
    );
  });
}

/**
 * Writes a file, once: written again, it must be the same.
 *
 * @throws NotDeterministicError with the first lines that differ.
 */
export async function writeOnce(store: Store, path: string, content: string) {
  const before = await store.readIfThere(path);
  if (before !== null && before !== content) {
    const [was, is] = [before.split('\n'), content.split('\n')];
    const at = is.findIndex((line, index) => line !== was[index]);
    throw new NotDeterministicError(
      `${path}: run is not deterministic: line ${at + 1}, made again, differs\n  before ${was[at]}\n  now    ${is[at]}`,
    );
  }
  return store.write(path, content);
}

/** The non-empty lines of a file of JSON lines. */
export function journalLines(content: string): string[] {
  return content.split('\n').filter((line) => line !== '');
}
