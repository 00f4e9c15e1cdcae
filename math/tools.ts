import { candidatesIn } from './extract/candidates.ts';
import { verify } from './verify.ts';

/** The final answer of a long text, as written; undefined without one. */
export function extractAnswer(text: string): string | undefined {
  return candidatesIn(text, ['latex', 'expr'])[0]?.source.trim();
}

/**
 * Whether two answers mean the same.
 *
 * @returns A verdict (`equal`, `not_equal`, `gold_unparseable`, `pred_unparseable`, `no_answer`, `timeout`), after a colon what it is about.
 */
export function compareAnswers(gold: string, given: string): string {
  const { verdict, detail } = verify(gold, given);
  return verdict === 'equal' ? verdict : `${verdict}: ${detail}`;
}
