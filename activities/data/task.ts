import { namesColumn, TEMPLATE_PLACE, type TaskConfig } from '../../configs/schema/task.ts';
import { DataError, type Row } from './rows.ts';

/** What the examples of a few-shot prompt, and the question after them, are kept apart by. */
const EXAMPLE_SEPARATOR = '\n\n';

/**
 * Puts a row's columns into a template's `{column}` places, and into its `{column?}` places where the row has them.
 *
 * @throws DataError naming the row and the column when it is missing, empty, or neither text nor number.
 */
export function renderTemplate(template: string, row: Row): string {
  return template.replace(TEMPLATE_PLACE, (_, column: string, optional: string) => {
    const value = row[column];
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
    if (optional && (value ?? '') === '') return '';
    const got = value === undefined ? 'no such column' : JSON.stringify(value);
    const columns = Object.keys(row).join(', ');
    throw new DataError(
      `row ${String(row.id)}: column ${column}: got ${got}, expected a text or a number for {${column}} in the task's ` +
        `template ({${column}?} takes none as well); the row has: ${columns}`,
    );
  });
}

/** What the model reads for a row. */
export function renderPrompt(task: TaskConfig, row: Row): string {
  return renderTemplate(task.prompt, row);
}

/** What the model should write for a row; null when its equation did not solve, or the task has no completion. */
export function renderCompletion(task: TaskConfig, row: Row): string | null {
  if (task.completion === undefined) return null;
  if (namesColumn(task.completion, 'expression') && row.expression === undefined) return null;
  return renderTemplate(task.completion, row);
}

/** The prompt of a row after solved examples, for a model that does not know the task. */
export function renderFewShotPrompt(task: TaskConfig, examples: readonly Row[], row: Row): string {
  const solved = examples.map((example) => {
    const completion = renderCompletion(task, example);
    if (completion === null) throw new DataError(`row ${String(example.id)}: has no completion to show as an example`);
    return renderPrompt(task, example) + completion;
  });
  return [...solved, renderPrompt(task, row)].join(EXAMPLE_SEPARATOR);
}

/**
 * The answer proper in a completion of a few-shot prompt. A model that was never taught to stop goes on with the next
 * example: what follows a line break is not part of its answer, and an answer so ended was not cut off.
 */
export function cutFewShotCompletion<C extends { readonly text: string; readonly finishReason: 'stop' | 'length' }>(
  completion: C,
): C {
  const start = completion.text.search(/\S/); // a break before the first word ends nothing
  const end = start < 0 ? -1 : completion.text.indexOf('\n', start);
  return end < 0 ? completion : { ...completion, text: completion.text.slice(0, end), finishReason: 'stop' };
}
