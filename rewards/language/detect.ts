import { francAll } from 'franc';

/** ISO 639-1 code by the ISO 639-3 code that the detector uses, for the languages it is asked about. */
const CODES: Readonly<Record<string, string>> = {
  ...{ arb: 'ar', ben: 'bn', bul: 'bg', ces: 'cs', dan: 'da', deu: 'de', ell: 'el', eng: 'en', fin: 'fi', fra: 'fr' },
  ...{ guj: 'gu', heb: 'he', hin: 'hi', hrv: 'hr', hun: 'hu', ind: 'id', ita: 'it', jpn: 'ja', kan: 'kn', kor: 'ko' },
  ...{ mal: 'ml', mar: 'mr', nld: 'nl', nno: 'no', nob: 'no', npi: 'ne', pan: 'pa', pes: 'fa', pol: 'pl', por: 'pt' },
  ...{ ron: 'ro', rus: 'ru', slk: 'sk', slv: 'sl', spa: 'es', srp: 'sr', swe: 'sv', swh: 'sw', tam: 'ta', tel: 'te' },
  ...{ tha: 'th', tur: 'tr', ukr: 'uk', urd: 'ur', vie: 'vi', cmn: 'zh', cat: 'ca', lit: 'lt', lvs: 'lv' },
};
const ONLY = Object.keys(CODES);

/** The codes that `detectLanguage` can give. */
export const LANGUAGES: readonly string[] = [...new Set(Object.values(CODES))].sort();

export interface DetectedLanguage {
  /** ISO 639-1. */
  readonly language: string;
  /** How far the next likely language lies behind, from 0 (as likely) to 1 (there is none). */
  readonly lead: number;
}

/**
 * The language a text is most probably in, among `LANGUAGES`; null when it has no letters to tell by.
 *
 * By trigrams and scripts (Cavnar and Trenkle 1994, as the package franc has them), from the first 2,048 characters.
 */
export function detectLanguage(text: string): DetectedLanguage | null {
  if (!/\p{L}/u.test(text)) return null;
  const ranked = francAll(text, { only: ONLY, minLength: 1 });
  const language = CODES[ranked[0]?.[0] ?? ''];
  if (language === undefined) return null;
  const second = ranked.find(([code]) => CODES[code] !== language);
  return { language, lead: ranked[0]![1] - (second?.[1] ?? 0) };
}
