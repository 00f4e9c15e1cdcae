import { FUNCTIONS, UNITS } from '../latex/commands.ts';

const KNOWN = new Set([...FUNCTIONS.keys(), 'pi', 'and', 'or', 'mod', 'infinity', 'inf', 'infty', 'oo', 'theta', 'alpha', 'beta', 'percent', 'pct', 'percentage', 'frac']);
/** Words of a language: letters in a row that are no command and no name of a function. */
const WORD = /\\(?:begin|end)\s*\{[a-zA-Z*]*\}|\\(?:text|mbox|textbf|mathrm|operatorname)[a-z]*\s*\{[^{}]{0,200}\}|\\[a-zA-Z]+|[\p{L}]{2,}/gu;

function proseWords(text: string): { word: string; end: number }[] {
  return [...text.matchAll(WORD)]
    .map(({ 0: word, index }) => ({ word, end: index + word.length }))
    .filter(({ word }) => !word.startsWith('\\') && !KNOWN.has(word.toLowerCase()) && !/^(?:or|and|sin|cos|tan|ln|log)[a-zA-Z]$/.test(word));
}

/** Whether a text between dollar signs is a sentence: two sums of money in one line make one of what stands between them. */
export function isProse(text: string): boolean {
  return proseWords(text).filter(({ word }) => word.length >= 3 && !UNITS.has(word)).length >= 2;
}

/** Whether a whole text is mathematics, with no word of a language in it but perhaps a unit. */
export function isMathematics(text: string): boolean {
  return proseWords(text).every(({ word }) => UNITS.has(word)) && /[\d\\]|^[^a-zA-Z]*[a-zA-Z](?![a-zA-Z])/.test(text);
}

/** The mathematics that a sentence ends with: what follows its last word. */
export function trailingMathematics(sentence: string): string {
  return sentence
    .slice(proseWords(sentence).at(-1)?.end ?? 0)
    .replace(/^[\s:*,.]+|[\s*]+$/g, '')
    .replace(/[.;,!]$/, '');
}
