import type { Span } from './boxed.ts';
import { FUNCTIONS, UNITS } from '../latex/commands.ts';

const KNOWN = new Set([
  ...FUNCTIONS.keys(),
  'pi',
  'and',
  'or',
  'mod',
  'infinity',
  'inf',
  'infty',
  'oo',
  'theta',
  'alpha',
  'beta',
  'percent',
  'pct',
  'percentage',
  'frac',
]);
/** A number with a square or cubic unit: read as a number in running text. */
const MEASURED = /^\s*-?[\d.,]+\s?(?:mm|cm|dm|km|m|in|ft)[²³]\s*$/;

/** Letters in a row that are no command, with the commands that hold words. */
const WORD =
  /\\(?:begin|end)\s*\{[a-zA-Z*]*\}|\\(?:text|mbox|textbf|mathrm|operatorname)[a-z]*\s*\{[^{}]{0,200}\}|\\[a-zA-Z]+|[\p{L}]{2,}/gu;

/** English words of two letters; other pairs of letters are products. */
const SHORT_WORDS = new Set('am an as at be by do go he if in is it me my no of on so to up us we'.split(' '));

/** Words of a language. `qr`, `3abc` and `xyz` are products, `a`, `b` and `x` variables. */
export function proseWords(text: string): { word: string; start: number; end: number }[] {
  return [...text.matchAll(WORD)]
    .map(({ 0: word, index }) => ({ word, start: index, end: index + word.length }))
    .filter(({ word, start }) => !word.startsWith('\\') && !isInMathematics(word, text[start - 1] ?? ''));
}

function isInMathematics(word: string, before: string): boolean {
  if (KNOWN.has(word.toLowerCase()) || /^(?:or|and|sin|cos|tan|ln|log)[a-zA-Z]$/.test(word)) return true;
  if (word.length === 2) return !SHORT_WORDS.has(word.toLowerCase());
  return word.length === 3 && (/[\d)}^{_]/.test(before) || /^[b-df-hj-np-tv-z]+$/i.test(word));
}

/** Whether a text between dollar signs is a sentence: two sums of money in one line make one of what stands between them. */
export function isProse(text: string): boolean {
  return proseWords(text).filter(({ word }) => word.length >= 3 && !UNITS.has(word)).length >= 2;
}

/** Whether a whole text is mathematics, with no word of a language in it but perhaps a unit. */
export function isMathematics(text: string): boolean {
  if (MEASURED.test(text)) return false;
  return (
    proseWords(text).every(({ word }) => UNITS.has(word)) &&
    /[\d\\½⅓⅔¼¾√π∞]|^[^a-zA-Z]*[a-zA-Z]{1,2}(?![a-zA-Z])/.test(text)
  );
}

/** The mathematics that a sentence ends with: what follows its last word. */
export function trailingMathematics(sentence: string): string {
  return sentence.slice(proseWords(sentence).at(-1)?.end ?? 0).replace(/^[\s:*,]+|^\.(?!\d)|[\s*.;,]+$/g, '');
}

const LONGEST_BARE = 400;
/** What only a formula has: a command with a value, a root, a power, a function with its argument. */
const FORMULA =
  /\\(?:[dtc]?frac|sqrt|pi|infty|binom|cdot|times|pm|sin|cos|tan|ln|log|cup|in|leq?|geq?|neq?|left|begin)(?![a-zA-Z])|[√π∞∪≤≥±²³]|[\w)]\^|\b(?:sqrt|sin|cos|tan|ln|log)\(/;

/** Formulas in running text that nothing delimits: what stands between two words, or a word and the end of its line. */
export function bareFormulasIn(text: string): Span[] {
  const spans: Span[] = [];
  if (!FORMULA.test(text)) return spans;
  let from = 0;
  const add = (to: number) => {
    const [start, raw] = trimmed(text.slice(from, to), from);
    if (
      raw.length > 0 &&
      raw.length <= LONGEST_BARE &&
      FORMULA.test(raw) &&
      !MEASURED.test(raw) &&
      !/[$\n]|\\[[(]|box/.test(raw)
    )
      spans.push({ start, end: start + raw.length, content: raw });
  };
  const breaks = [
    ...proseWords(text),
    ...[...text.matchAll(/\n|[.;!?](?=\s)|,(?=\s+[a-zA-Z]{2})/g)].map(({ index }) => ({
      start: index,
      end: index + 1,
    })),
  ];
  for (const { start, end } of breaks.sort((a, b) => a.start - b.start)) {
    if (start >= from) add(start);
    from = Math.max(from, end);
  }
  add(text.length);
  return spans;
}

function trimmed(text: string, start: number): [number, string] {
  const left = /^[\s:,.*]*/.exec(text)![0].length;
  return [start + left, text.slice(left).replace(/[\s:,.;*]+$/, '')];
}
