import { Budget, OutOfBudget } from './budget.ts';
import { DEFAULTS, type CompareOptions } from './compare/context.ts';
import { sameAnswer } from './compare/answers.ts';
import { candidatesIn, type Candidate, type Extraction } from './extract/candidates.ts';
import { parseAnswer } from './latex/parser.ts';
import { Unreadable } from './latex/tokens.ts';
import type { Node } from './tree.ts';

export interface VerifyOptions extends CompareOptions {
  /** Where answers are looked for, in both texts. */
  readonly extract: readonly Extraction[];
}

export const VERIFY_DEFAULTS: VerifyOptions = { ...DEFAULTS, extract: ['latex', 'expr'] };

export type Verdict = 'equal' | 'not_equal' | 'gold_unparseable' | 'pred_unparseable' | 'no_answer' | 'timeout';

export interface Verification {
  readonly verdict: Verdict;
  /** What was compared, or why nothing was. */
  readonly detail: string;
}

/**
 * Whether the answer that a completion ends with is the right one.
 *
 * `gold` is the right answer: bare, in dollar signs, boxed, or the end of a solution. Both are read the same way. The verdict depends on the
 * texts and the options only; what would take too long is `timeout` after a fixed amount of work.
 */
export function verify(gold: string, prediction: string, options: Partial<VerifyOptions> = {}): Verification {
  const all = { ...VERIFY_DEFAULTS, ...options };
  try {
    return judge(gold, prediction, all);
  } catch (error) {
    if (error instanceof OutOfBudget) return { verdict: 'timeout', detail: error.message };
    throw error;
  }
}

function judge(gold: string, prediction: string, options: VerifyOptions): Verification {
  const expected = read(gold, options.extract, true);
  if (expected.answers.length === 0 && expected.text === undefined) {
    return { verdict: 'gold_unparseable', detail: `no answer in ${quote(gold)}` };
  }
  const found = read(prediction, options.extract);
  if (found.text === undefined)
    return { verdict: 'no_answer', detail: `nothing like an answer in ${quote(prediction)}` };
  const sides = `${quote(found.text)} for ${quote(expected.text!)}`;
  if (found.text.trim() === expected.text!.trim()) return { verdict: 'equal', detail: `${sides}: written the same` };
  if (expected.answers.length === 0)
    return { verdict: 'gold_unparseable', detail: `${quote(expected.text!)}: ${expected.why}` };
  if (found.answers.length === 0) return { verdict: 'pred_unparseable', detail: `${quote(found.text)}: ${found.why}` };
  const context = { ...options, budget: new Budget() };
  const isEqual = expected.answers.some((answer) => found.answers.some((other) => sameAnswer(answer, other, context)));
  return { verdict: isEqual ? 'equal' : 'not_equal', detail: sides };
}

interface Reading {
  /** The answer; two where its notation leaves two meanings; none where it cannot be read. */
  readonly answers: readonly Node[];
  /** As written. */
  readonly text: string | undefined;
  readonly why: string;
}

/** The best candidate decides. Where it cannot be read no other is taken in its place: that would be another answer. */
function read(text: string, extract: readonly Extraction[], isGold = false): Reading {
  const best = candidatesIn(text, extract, isGold)[0];
  if (!best) return { answers: [], text: undefined, why: 'no answer' };
  const meanings: Candidate[] = best.or === undefined ? [best] : [best, { source: best.or, kind: 'formula' }];
  const answers: Node[] = [];
  let why = '';
  for (const candidate of meanings) {
    try {
      answers.push(parse(candidate));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      why = error.message;
    }
  }
  return { answers, text: best.source, why };
}

function parse({ source, kind }: Candidate): Node {
  if (kind === 'choice') return { kind: 'text', text: `choice ${source}` };
  if (kind === 'words') return { kind: 'text', text: source };
  return parseAnswer(source, new Budget());
}

function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > 100 ? `…${line.slice(-99)}` : line);
}
