import * as z from 'zod';

import { defineReward, type Outcome, type Sample } from '../sdk/reward.ts';
import { detectLanguage, LANGUAGES, type DetectedLanguage } from './language/detect.ts';

const Code = z.enum(LANGUAGES);

const Params = z.strictObject({
  language: Code.optional().describe("ISO 639-1 code. Without it, the row's `language`, else the prompt's own."),
  minLetters: z
    .int()
    .positive()
    .default(20)
    .describe('Shorter texts are not judged: a few letters do not tell a language.'),
  minLead: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('How clearly a language has to be ahead of the next likely one, from 0 to 1; else nothing is judged.'),
});

const Columns = z.strictObject({
  /** ISO 639-1 code of the language to answer in. */
  language: Code.optional(),
});

/**
 * 1 for a completion in the asked language, else 0. What language it is in is guessed from its trigrams and script; where
 * that is not clear, the reward abstains.
 */
export default defineReward({
  name: 'language',
  version: 1,
  params: Params,
  columns: Columns,
  range: [0, 1],
  timeoutMs: 30_000,
  fixtures: [
    { completion: 'Das ist ein ganz gewöhnlicher deutscher Satz.', row: { language: 'de' }, expect: 1 },
    { completion: 'This is a quite ordinary English sentence.', row: { language: 'de' }, expect: 0 },
    { completion: '12 + 5', row: { language: 'de' }, expect: null },
  ],
  score: (samples, params) => samples.map((sample) => scoreOne(sample, params)),
});

function scoreOne(
  { prompt, completion, row }: Sample<z.infer<typeof Columns>>,
  params: z.infer<typeof Params>,
): Outcome {
  const asked = params.language ?? row.language ?? clearLanguage(prompt, params)?.language;
  if (asked === undefined) return { outcome: 'abstained', reason: 'the language of the prompt is not clear' };
  const found = clearLanguage(completion, params);
  if (!found) return { outcome: 'abstained', reason: 'the language of the completion is not clear' };
  return {
    outcome: 'scored',
    score: found.language === asked ? 1 : 0,
    reason: `${found.language}, asked for ${asked}`,
  };
}

/** Null when there is too little text, or two languages are about as likely. */
function clearLanguage(text: string, { minLetters, minLead }: z.infer<typeof Params>): DetectedLanguage | null {
  if ((text.match(/\p{L}/gu)?.length ?? 0) < minLetters) return null;
  const found = detectLanguage(text);
  return found && found.lead >= minLead ? found : null;
}
