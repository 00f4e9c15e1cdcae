import type { PerplexitySuite } from '../../configs/schema/suites.ts';
import type { TokenizeItem } from '../../server/client.ts';
import { rowsWithCompletion } from '../data/prepare.ts';
import { DataError, type Row } from '../data/rows.ts';
import { renderCompletion, renderPrompt } from '../data/task.ts';
import { scoreTokens } from '../scoring.ts';
import { ratioEstimate, sum, type Estimate } from '../statistics.ts';
import type { Work } from '../work.ts';
import type { SuiteContext, SuiteFindings } from './suite.ts';

const PER_REQUEST = 32;

/** What is scored: `completion` after `prompt`. */
type Item = Required<Pick<TokenizeItem, 'prompt' | 'completion' | 'endToken'>> & { readonly id: string };

/**
 * Negative log-likelihood of text at temperature 1: per token as nats and as perplexity, and per UTF-8 byte in bits, which
 * compares models of different tokenizers. Texts vary, not tokens, so they give the interval.
 *
 * Of a row of the task, the completion with its end is scored after its prompt; of a text, all of it after the start token.
 */
export async function perplexitySuite(
  suite: PerplexitySuite,
  context: SuiteContext,
  work: Work,
): Promise<SuiteFindings> {
  const { model, policy, recipe } = context;
  const { items, isText } = itemsOf(suite, context);
  const chat = !isText && recipe.task.chat;
  const lines: { id: string; nats: number; tokens: number; bytes: number }[] = [];
  for (let start = 0; start < items.length; start += PER_REQUEST) {
    const part = items.slice(start, start + PER_REQUEST);
    const plain = part.map(({ prompt, completion, endToken }) => ({ prompt, completion, endToken }));
    const sequences = await model.tokenize({ set: policy.name, items: plain, chat }, { signal: work.signal });
    const scored = sequences.map(({ promptIds, completionIds }) => ({ promptIds, tokenIds: completionIds }));
    const options = { set: policy, lines: scored, temperature: 1, precision: recipe.precision.training };
    const logProbs = await scoreTokens(model, options, work);
    part.forEach(({ id, completion }, i) => {
      const tokens = scored[i]!.tokenIds.length;
      lines.push({ id, nats: -sum(logProbs[i]!), tokens, bytes: Buffer.byteLength(completion) });
    });
    work.report(`${context.stream}: ${lines.length} of ${items.length} texts`);
  }
  const nats = ratioEstimate(lines.map((line) => [line.nats, line.tokens]));
  const perplexity = mapEstimate(nats, Math.exp);
  const bitsPerByte = mapEstimate(ratioEstimate(lines.map((line) => [line.nats, line.bytes])), (x) => x / Math.LN2);
  const tokens = sum(lines.map((line) => line.tokens));
  return { values: { perplexity, natsPerToken: nats, bitsPerByte }, unjudged: 0, lines, tokens };
}

/**
 * What is scored: the texts of the suite's file when its first row is one, else rows of the task.
 *
 * @throws DataError naming the row that is neither, or when there is nothing.
 */
function itemsOf(suite: PerplexitySuite, { recipe: { task }, ownRows, rows }: SuiteContext) {
  const source: readonly Row[] = ownRows ?? rowsWithCompletion(rows, task);
  const isText = ownRows !== null && typeof source[0]?.text === 'string';
  const items = source.flatMap((row, index): Item[] => {
    const id = String(row.id ?? index + 1);
    if (isText && typeof row.text === 'string') {
      const pieces = cutText(row.text, suite.windowCharacters);
      return pieces.map((piece, i) => ({ id: `${id}/${i + 1}`, prompt: '', completion: piece, endToken: false }));
    }
    const completion = isText ? null : renderCompletion(task, row);
    if (completion !== null) return [{ id, prompt: renderPrompt(task, row), completion, endToken: true }];
    const expected = isText ? 'a text, like the first row' : 'a text, or what task.completion needs';
    throw new DataError(`evaluation suite ${suite.name}: row ${id}: expected ${expected}`);
  });
  if (items.length > 0) return { items: items.slice(0, suite.texts), isText };
  throw new DataError(`evaluation suite ${suite.name}: got no text; give data, or a task with a completion`);
}

/** Pieces of about so many characters, each ending at a line's end, else wherever it is full. White space alone is no piece. */
export function cutText(text: string, characters: number): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const full = start + characters;
    const lineEnd = text.lastIndexOf('\n', full - 1);
    const isSurrogate = /[\uDC00-\uDFFF]/.test(text[full] ?? '');
    const end = full >= text.length ? text.length : lineEnd > start ? lineEnd + 1 : full + (isSurrogate ? 1 : 0);
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces.filter((piece) => piece.trim() !== '');
}

function mapEstimate({ value, interval, n }: Estimate, map: (value: number) => number): Estimate {
  return { value: map(value), interval: [map(interval[0]), map(interval[1])], n };
}
