import * as z from 'zod';

import { checker } from './checker.ts';
import { pythonRegExp, strip, stripOf } from './python-text.ts';

export const startEnd = {
  /** Quotation marks around it do not count. */
  'startend:end_checker': checker({ end_phrase: z.string() }, (response, { end_phrase }) =>
    stripOf(strip(response), '"').toLowerCase().endsWith(strip(end_phrase).toLowerCase()),
  ),

  'startend:quotation': checker({}, (response) => {
    const text = strip(response);
    return text.length > 1 && text.startsWith('"') && text.endsWith('"');
  }),

  /** As in the reference, any line may be the one that starts so. */
  'multi-turn:constrained_start': checker({ starter: z.string() }, (response, { starter }) =>
    pythonRegExp(`^\\s*${strip(starter)}.*$`, 'm').test(response),
  ),
};
