import * as z from 'zod';

import { checker, Count } from './checker.ts';
import { pythonRegExp, removePrefix, removeSuffix, strip, stripOf } from './python-text.ts';

const CONSTRAINED = ['My answer is yes.', 'My answer is no.', 'My answer is maybe.'];
/** First on its line; after a star anything but a second one, even the end of the line. */
const STAR_BULLET = pythonRegExp('(?<=^(?:(?!\\n)\\s)*)\\*[^\\*].*', 'gm');
const DASH_BULLET = pythonRegExp('(?<=^(?:(?!\\n)\\s)*)-.*', 'gm');
const CHANGE = pythonRegExp('\\*.*\\*', 'g');

export const detectableFormat = {
  /** Exactly so many lines that begin with `*` or `-`. */
  'detectable_format:number_bullet_lists': checker({ num_bullets: Count }, (response, { num_bullets }) => {
    const count = [STAR_BULLET, DASH_BULLET].reduce((sum, bullet) => sum + (response.match(bullet)?.length ?? 0), 0);
    return count === num_bullets;
  }),

  /** One of three sentences stands somewhere in it. */
  'detectable_format:constrained_response': checker({}, (response) =>
    CONSTRAINED.some((sentence) => response.includes(sentence)),
  ),

  /** `*so*` and `**so**`; as in the reference, a bold passage can count more than once. */
  'detectable_format:number_highlighted_sections': checker({ num_highlights: Count }, (response, args) => {
    const single = response.match(/\*[^\n*]*\*/g) ?? [];
    const double = response.match(/\*\*[^\n*]*\*\*/g) ?? [];
    const filled = [
      ...single.filter((text) => strip(stripOf(text, '*')) !== ''),
      ...double.filter((text) => strip(removeSuffix(removePrefix(text, '**'), '**')) !== ''),
    ];
    return filled.length >= args.num_highlights;
  }),

  'detectable_format:multiple_sections': checker(
    { section_spliter: z.string(), num_sections: Count },
    (response, { section_spliter, num_sections }) => {
      const mark = pythonRegExp(`\\s?${strip(section_spliter)}\\s?\\d+\\s?`, 'g');
      return [...response.matchAll(mark)].length >= num_sections;
    },
  ),

  /** All of it is JSON, in a fence or not. As in Python, NaN and Infinity are JSON. */
  'detectable_format:json_format': checker({}, (response) => {
    const opened = ['```json', '```Json', '```JSON', '```'].reduce(removePrefix, strip(response));
    return isJson(strip(removeSuffix(opened, '```')));
  }),

  /** `<<…>>` on one line, with something in it. */
  'detectable_format:title': checker({}, (response) =>
    response.split('\n').some((line) => {
      const [start, end] = [line.indexOf('<<'), line.lastIndexOf('>>')];
      return start >= 0 && end > start && strip(line.slice(start, end).replace(/^<+/, '').replace(/>+$/, '')) !== '';
    }),
  ),

  /** Equal to the original but for what stands between asterisks. */
  'detectable_format:rephrase': checker({ original_message: z.string() }, (response, { original_message }) => {
    const unchanged = (text: string) => text.replace(CHANGE, '');
    return unchanged(response) !== response && unchanged(response) === unchanged(original_message);
  }),
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs, (part) => (part.startsWith('"') ? part : 'null')));
    return true;
  } catch {
    return false;
  }
}
