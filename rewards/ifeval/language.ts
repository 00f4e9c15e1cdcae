import * as z from 'zod';

import { detectLanguage } from '../language/detect.ts';
import { checker } from './checker.ts';

export const language = {
  'language:response_language': checker({ language: z.string().min(2) }, (response, args) =>
    isOrMayBe(response, args.language),
  ),
};

/** Whether a text is in the language, or has nothing to tell by: that counts as followed in the reference. */
export function isOrMayBe(text: string, code: string): boolean {
  const found = detectLanguage(text);
  return found === null || found.language === code;
}
