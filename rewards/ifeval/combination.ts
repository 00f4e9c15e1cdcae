import * as z from 'zod';

import { checker } from './checker.ts';
import { strip } from './python-text.ts';

export const combination = {
  /** Two different texts, divided by `******`. */
  'combination:two_responses': checker({}, (response) => {
    const parts = response.split('******').map(strip);
    if (parts.slice(1, -1).includes('')) return false;
    const [first, second, ...others] = parts.filter((part) => part !== '');
    return second !== undefined && others.length === 0 && first !== second;
  }),

  'combination:repeat_prompt': checker({ prompt_to_repeat: z.string().min(1) }, (response, { prompt_to_repeat }) =>
    strip(response).toLowerCase().startsWith(strip(prompt_to_repeat).toLowerCase()),
  ),
};
