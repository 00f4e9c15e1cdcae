import * as z from 'zod';

import { closest } from '../../sdk/closest.ts';
import { findProblems, formatPath } from '../../sdk/findings.ts';
import { changeCase } from './change-case.ts';
import type { Checker } from './checker.ts';
import { combination } from './combination.ts';
import { detectableContent } from './detectable-content.ts';
import { detectableFormat } from './detectable-format.ts';
import { keywords } from './keywords.ts';
import { language } from './language.ts';
import { lengthConstraints } from './length-constraints.ts';
import { punctuation } from './punctuation.ts';
import { startEnd } from './start-end.ts';

/** Every kind of instruction that can be checked, by the id that the data calls it. */
export const CHECKERS: ReadonlyMap<string, Checker> = new Map<string, Checker>(
  Object.entries({
    ...{ ...keywords, ...language, ...lengthConstraints, ...detectableContent, ...detectableFormat },
    ...{ ...combination, ...startEnd, ...changeCase, ...punctuation },
  }),
);

const Arguments = z.record(z.string(), z.unknown());

/** The columns of an IFEval row, under the names of its data: the ids of a prompt's instructions and the arguments of each. */
export const IfevalColumns = z
  .strictObject({
    instruction_id_list: z.array(z.string()).min(1),
    kwargs: z.array(Arguments),
  })
  .check(({ value: { instruction_id_list: ids, kwargs }, issues }) => {
    const complain = (path: (string | number)[], message: string) =>
      issues.push({ code: 'custom', path, input: kwargs, message });
    if (ids.length !== kwargs.length) {
      complain(['kwargs'], `got ${kwargs.length} entries, expected ${ids.length}: one for each instruction`);
      return;
    }
    for (const [index, id] of ids.entries()) {
      const checker = CHECKERS.get(id);
      if (checker === undefined) {
        const near = closest(id, [...CHECKERS.keys()]);
        const hint =
          near === undefined ? `expected one of ${[...CHECKERS.keys()].join(', ')}` : `did you mean ${near}?`;
        complain(['instruction_id_list', index], `got ${JSON.stringify(id)}; ${hint}`);
        continue;
      }
      const result = findProblems(checker.args, given(kwargs[index]!));
      if ('data' in result) continue;
      for (const { path, message } of result.findings) {
        complain(['kwargs', index, ...path.map(String)], `${id}: ${formatPath(path)}: ${message}`);
      }
    }
  });

export type IfevalRow = z.infer<typeof IfevalColumns>;

/** How a response is read: as it is, or also without its first line, its last line and its asterisks. */
export const Reading = z.enum(['strict', 'loose']);
export type Reading = z.infer<typeof Reading>;

/**
 * Whether a response follows each instruction of a row, in order (arXiv 2311.07911, section 2.2).
 *
 * Loosely, an instruction is followed when any of eight readings follows it: the response or it without asterisks, each
 * whole, without its first line, without its last, or without both. An empty response follows nothing.
 */
export function followsEach(response: string, { instruction_id_list, kwargs }: IfevalRow, reading: Reading): boolean[] {
  const readings = (reading === 'strict' ? [response] : looseReadings(response)).filter((text) => text.trim() !== '');
  return instruction_id_list.map((id, index) => {
    const { args, follows } = CHECKERS.get(id)!;
    const parsed = args.parse(given(kwargs[index]!));
    return readings.some((text) => follows(text, parsed));
  });
}

function looseReadings(response: string): string[] {
  const lines = response.split('\n');
  const parts = [lines.slice(1), lines.slice(0, -1), lines.slice(1, -1)].map((part) => part.join('\n').trim());
  return [response, ...parts].flatMap((text) => [text, text.replaceAll('*', '')]);
}

/** Some copies of the data name every argument there is, most of them with nothing in it. */
function given(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}
