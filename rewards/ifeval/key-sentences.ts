/** Stands for a full stop that ends nothing, while sentences are looked for. */
const DOT = '\u0001';
const STOP = '\u0002';

const STARTS = '(?:Mr|Mrs|Ms|Dr|Prof|Capt|Cpt|Lt|(?:He|She|It|They|Their|Our|We|But|However|That|This)\\s|Wherever)';

/** Rules in order: where a full stop is part of a word, and where an acronym ends a sentence all the same. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/\n/g, ' '],
  [/(Mr|St|Mrs|Ms|Dr)[.]/g, `$1${DOT}`],
  [/[.](com|net|org|io|gov|edu|me)/g, `${DOT}$1`],
  [/([0-9])[.]([0-9])/g, `$1${DOT}$2`],
  [/\.{2,}/g, '$&'],
  [/Ph\.D\./g, `Ph${DOT}D${DOT}`],
  [/\s([A-Za-z])[.] /g, ` $1${DOT} `],
  [new RegExp(`([A-Z][.][A-Z][.](?:[A-Z][.])?) (?=${STARTS})`, 'g'), `$1${STOP} `],
  [/([A-Za-z])[.]([A-Za-z])[.]([A-Za-z])[.]/g, `$1${DOT}$2${DOT}$3${DOT}`],
  [/([A-Za-z])[.]([A-Za-z])[.]/g, `$1${DOT}$2${DOT}`],
  [new RegExp(` (Inc|Ltd|Jr|Sr|Co)[.] (?=${STARTS})`, 'g'), ` $1${STOP} `],
  [/ (Inc|Ltd|Jr|Sr|Co)[.]/g, ` $1${DOT}`],
  [/ ([A-Za-z])[.]/g, ` $1${DOT}`],
  [/\.”/g, '”.'],
  [/\."/g, '".'],
  [/!"/g, '"!'],
  [/\?"/g, '"?'],
  [/[.?!]/g, `$&${STOP}`],
];

/**
 * Sentences as the reference cuts them where it looks for given ones, which is not how it counts them: by rules on full
 * stops, with closing quotes drawn before the mark.
 */
export function splitIntoKeySentences(text: string): string[] {
  let marked = ` ${text}  `;
  for (const [pattern, replacement] of RULES) {
    marked =
      replacement === '$&'
        ? marked.replace(pattern, (dots) => DOT.repeat(dots.length) + STOP)
        : marked.replace(pattern, replacement);
  }
  const sentences = marked
    .replaceAll(DOT, '.')
    .split(STOP)
    .map((sentence) => sentence.trim());
  return sentences.at(-1) === '' ? sentences.slice(0, -1) : sentences;
}
