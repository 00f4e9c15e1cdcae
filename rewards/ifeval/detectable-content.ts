import * as z from 'zod';

import { checker, Count } from './checker.ts';
import { pythonRegExp, strip, wordsOf } from './python-text.ts';

/** Markers that are read as abbreviations, spaces allowed. Any other is a regular expression, as in the reference. */
const POSTSCRIPTS: Readonly<Record<string, string>> = {
  'P.P.S': 'p\\.\\s?p\\.\\s?s',
  'P.S.': 'p\\.\\s?s\\.',
};

export const detectableContent = {
  'detectable_content:number_placeholders': checker(
    { num_placeholders: Count },
    (response, { num_placeholders }) => (response.match(/\[[^\n]*?\]/g)?.length ?? 0) >= num_placeholders,
  ),

  /** It may stand anywhere. */
  'detectable_content:postscript': checker({ postscript_marker: z.string() }, (response, { postscript_marker }) => {
    const marker = strip(postscript_marker);
    return pythonRegExp(POSTSCRIPTS[marker] ?? marker.toLowerCase(), 'm').test(response.toLowerCase());
  }),

  /** So many words in common with the original, each as often as both have it. */
  'detectable_content:rephrase_paragraph': checker(
    { original_paragraph: z.string(), low: Count, high: Count },
    (response, { original_paragraph, low, high }) => {
      const mine = countsOf(response);
      let common = 0;
      for (const [word, count] of countsOf(original_paragraph)) common += Math.min(count, mine.get(word) ?? 0);
      return low <= common && common <= high;
    },
  ),
};

function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of wordsOf(text.toLowerCase())) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
