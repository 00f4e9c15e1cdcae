import { numbersIn } from './numbers.ts';

/** Contents of the last complete `\boxed{…}`, braces may nest; undefined without one. */
export function lastBoxed(text: string): string | undefined {
  for (const { index } of [...text.matchAll(/\\f?boxed\s*\{/g)].reverse()) {
    const start = text.indexOf('{', index) + 1;
    let depth = 1;
    for (let i = start; i < text.length; i++) {
      if (text[i] === '{') depth++;
      if (text[i] === '}' && --depth === 0) return text.slice(start, i);
    }
  }
  return undefined;
}

/**
 * The answer that a solution ends with, as written; undefined when there is none.
 *
 * In this order: the last `\boxed{…}`; what follows the last "the answer is", "answer:" or `####`; the last formula between
 * dollar signs; the whole of a text without words; the last number.
 */
export function extractAnswer(text: string): string | undefined {
  const boxed = lastBoxed(text);
  if (boxed !== undefined) return trimAnswer(boxed);
  const announcement = [...text.matchAll(/\banswer\s*(?:is|=|:)|####/gi)].at(-1);
  if (!announcement) return lastFormula(text);
  const sentence = text
    .slice(announcement.index + announcement[0].length)
    .trimStart()
    .replace(/(?:[.;]\s|\n)[^]*$/, '');
  return lastFormula(sentence);
}

function lastFormula(text: string): string | undefined {
  const formula = [...text.matchAll(/\$([^$\n]+)\$/g)].at(-1)?.[1];
  if (formula !== undefined) return trimAnswer(formula);
  const hasWords = /[a-zA-Z]{3,}(?![a-zA-Z({])/.test(text.replace(/\\[a-zA-Z]+/g, ''));
  if (!hasWords && text.trim() !== '') return trimAnswer(text);
  return numbersIn(text).at(-1)?.toString();
}

function trimAnswer(text: string): string {
  return text.replace(/^[\s$:]+|[\s$.;,]+$/g, '');
}
