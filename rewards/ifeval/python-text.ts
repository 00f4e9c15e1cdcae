/**
 * Text as Python 3 sees it, where that differs from JavaScript. The reference checkers of IFEval are written in Python, and
 * their verdicts hang on such details.
 */

/** What Python's `str.strip` and `\s` take for white space: ASCII separators and U+0085 too, but not U+FEFF. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
/** Python's `\w`: letters, numbers and `_`, without the combining marks of Indic scripts. */
const WORD = '\\p{L}\\p{N}_';

const LEADING_SPACE = new RegExp(`^[${SPACE}]+`, 'u');
const WORDS = new RegExp(`[${WORD}]+`, 'gu');
const NOT_SPACE = new RegExp(`[^${SPACE}]+`, 'gu');
const IS_SPACE = new RegExp(`[${SPACE}]`, 'u');

/** `str.strip()`. */
export function strip(text: string): string {
  let end = text.length;
  while (end > 0 && IS_SPACE.test(text[end - 1]!)) end--; // a regular expression for the end would be quadratic
  return text.slice(0, end).replace(LEADING_SPACE, '');
}

/** `str.strip(characters)`. */
export function stripOf(text: string, characters: string): string {
  let [start, end] = [0, text.length];
  while (start < end && characters.includes(text[start]!)) start++;
  while (end > start && characters.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** `str.removeprefix`. */
export function removePrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

/** `str.removesuffix`. */
export function removeSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
}

/** `str.isupper()`: some letter with case, and none that is not upper case. */
export function isUpper(text: string): boolean {
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
}

/** `str.islower()`. */
export function isLower(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}

/** `re.findall(r'\w+', text)`, which is also NLTK's `RegexpTokenizer(r'\w+')`. */
export function wordsOf(text: string): string[] {
  return text.match(WORDS) ?? [];
}

/** `str.split()`. */
export function splitSpace(text: string): string[] {
  return text.match(NOT_SPACE) ?? [];
}

/**
 * A regular expression in Python's syntax as one of JavaScript's, with Python's meaning of `.`, `^`, `$`, `\w`, `\b`, `\d`, `\s`.
 *
 * @param flags `i` ignores case, `m` lets `^` and `$` hold at each line, `g` as in JavaScript.
 * @throws SyntaxError when Python would not read it either, or it uses what JavaScript has no word for.
 */
export function pythonRegExp(pattern: string, flags = ''): RegExp {
  const isMultiline = flags.includes('m');
  const translated = pattern.replace(TOKEN, (token) => {
    if (token.startsWith('[')) return translateClass(token);
    if (token.startsWith('\\')) return translateEscape(token[1]!);
    if (token === '.') return '[^\\n]';
    if (token === '^') return isMultiline ? '(?<![^\\n])' : '^';
    if (token === '$') return isMultiline ? '(?![^\\n])' : '(?=\\n?$)';
    return /^\{\d*,?\d*\}$/.test(token) && /\d/.test(token) ? token : `\\${token[0]}${token.slice(1)}`;
  });
  return new RegExp(translated, `${flags.replace('m', '')}u`);
}

/** What is written otherwise in JavaScript: classes, escapes, `.`, anchors, and braces, which may be quantifiers or not. */
const TOKEN = /\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\\[\s\S]|[.^$]|\{\d*,?\d*\}|[{}\]]/gu;

const ESCAPES: Readonly<Record<string, string>> = {
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
  b: `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`,
  B: `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`,
};

function translateEscape(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (/[a-zA-Z0-9]/.test(character)) return `\\${character}`; // \n, \t, \1; others are errors in both languages
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function translateClass(token: string): string {
  const inner: Readonly<Record<string, string>> = { w: WORD, d: '\\p{Nd}', s: SPACE, b: '\\x08' };
  const [, head, body] = /^(\[\^?)(\]?[\s\S]*)\]$/u.exec(token)!;
  const translated = body!
    .replace(/^\]/, '\\]')
    .replace(/\\([\s\S])|\[/gu, (part, character?: string) =>
      character === undefined ? '\\[' : (inner[character] ?? (/[A-Za-z0-9\]\\^-]/.test(character) ? part : character)),
    );
  return `${head}${translated}]`;
}

/** As text within a Python pattern: `re.escape`. */
export function escapePython(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
