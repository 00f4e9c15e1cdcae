/**
 * Sentences of an English text, much as Punkt finds them (Kiss and Strunk 2006, Computational Linguistics 32(4)), which the
 * reference checkers use through NLTK.
 *
 * The procedure is Punkt's: a full stop ends a sentence unless its word is an abbreviation, an initial, a number or an
 * ellipsis, which need a capitalised word behind them that is known to begin sentences. Punkt learned its tables from a
 * corpus; ours are short lists of common words, so that texts full of rare abbreviations can come out otherwise.
 */
export function splitSentences(text: string): string[] {
  const ends = sentenceEnds(text);
  const slices: [start: number, end: number][] = [];
  let start = 0;
  for (const { end, next } of ends) {
    slices.push([start, end]);
    start = next;
  }
  slices.push([start, text.length]);
  return joinClosing(text, slices).filter((sentence) => sentence.trim() !== '');
}

/** What may stand right behind a sentence's end, or else white space and the next word. */
const CANDIDATE = /[.?!](?=(?<after>[)";}\]*:@'({[!?‘’“”«»]|\s+(?<next>\S+)))/dgu;

function sentenceEnds(text: string): { end: number; next: number }[] {
  const found: { end: number; next: number }[] = [];
  const candidates = [...text.matchAll(CANDIDATE)];
  let wordStart = Infinity; // of the word that the last candidate taken ends
  for (const match of candidates.toReversed()) {
    const end = match.index + 1;
    if (end > wordStart) continue; // only the last mark within a word can end a sentence
    const before = /(?<word>\S*)\s*$/u.exec(text.slice(Math.max(0, match.index - 200), match.index))!;
    wordStart = match.index - before[0].length;
    const { after, next } = match.groups!;
    if (endsSentence(`${before.groups!.word}${match[0]}`, after!)) {
      found.push({ end, next: next === undefined ? end : match.indices!.groups!.next![0] });
    }
  }
  return found.reverse();
}

/** Closing quotes and brackets belong to the sentence before them. */
function joinClosing(text: string, slices: readonly (readonly [number, number])[]): string[] {
  let moved = 0;
  return slices.map(([from, to], index) => {
    const start = from + moved;
    const next = slices[index + 1];
    const closing = next && /^["')\]}‘’“”«»]+?(?:\s+|(?=--)|(?![^\n]))/u.exec(text.slice(...next))?.[0];
    moved = closing?.length ?? 0;
    return closing === undefined ? text.slice(start, to) : text.slice(start, next![0] + closing.trimEnd().length);
  });
}

/** Tokens as Punkt cuts them: words with their full stops, marks and dashes by themselves. */
const TOKENS =
  /-{2,}|\.{2,}|[^\s("`{[:;&#*@)}\]\-,]\S*?(?=\s|$|[)";}\]*:@'({[?!‘’“”«»]|-{2,}|\.{2,}|,(?=$|\s|[)";}\]*:@'({[?!‘’“”«»]))|\S/gu;

function endsSentence(word: string, after: string): boolean {
  const tokens = `${word}${after}`.match(TOKENS) ?? [];
  return tokens.slice(0, -1).some((token, index) => isBreak(token, tokens[index + 1]!));
}

function isBreak(token: string, next: string): boolean {
  if (token === '?' || token === '!' || token === '.') return true;
  if (!token.endsWith('.')) return false;
  const type = token.slice(0, -1).toLowerCase();
  const starts = startsSentence(next);
  if (/^\.+$/.test(token)) return starts === true;
  if (/^\p{L}$/u.test(type)) return !LETTERS.has(type) && starts !== false && !(starts === null && mayBeName(next));
  if (isAbbreviation(type)) return starts === true;
  if (/^-?[.,]?\d[\d,.-]*$/.test(type)) return starts !== false;
  return true;
}

/** Whether a word begins a sentence, where the mark before it does not say: null when its looks do not tell either. */
function startsSentence(word: string): boolean | null {
  if (/^[;:,.!?]$/.test(word)) return false;
  if (/^\p{Ll}/u.test(word)) return false;
  return isCapital(word) && STARTERS.has(word.toLowerCase().replace(/\.$/, '')) ? true : null;
}

function mayBeName(word: string): boolean {
  return isCapital(word) && !COMMON.has(word.toLowerCase());
}

function isCapital(word: string): boolean {
  return /^\p{Lu}/u.test(word);
}

function isAbbreviation(type: string): boolean {
  return ABBREVIATIONS.has(type) || ABBREVIATIONS.has(type.split('-').at(-1)!);
}

/** Single letters that are more often short for something than they are initials of a name. */
const LETTERS = new Set('cdefghklmnprstvw');

const ABBREVIATIONS = new Set(
  [
    'mr mrs ms dr prof sr jr st messrs gen col maj lt sen rep reps adm', // people
    'jan feb aug sep sept oct nov dec tues wed fri', // dates
    'inc ltd co corp cos bros cie', // firms
    'ala ariz calif colo conn fla ga ill kan ky mich minn nev okla ore pa tenn va vt wash wis', // states
    'u.s u.s.a u.k u.n d.c n.y n.j l.a n.c s.c w.va a.m p.m ph.d m.b.a a.d b.v n.v s.a', // letters with full stops
    'j.b j.c j.j j.k j.p j.r r.j r.k e.m g.k h.c l.p', // initials of people
    'vs ave ct ft mg yr',
  ].flatMap((line) => line.split(' ')),
);

/** Words that are written small within a sentence: capitalised, they begin one. */
const STARTERS = new Set(
  [
    'the this these there thus though although when while whenever wherever whether if so yet nor but since under without',
    'he it they i her some many most both among despite either neither even still indeed instead however moreover meanwhile',
    'nevertheless nonetheless similarly finally according in here please yes were does',
  ].flatMap((line) => line.split(' ')),
);

/** Words that are written small within a sentence, but often large there too, in titles: they only rule out a name. */
const COMMON = new Set(
  [
    'that those then where who what why how she we you his its their our my much more other another each every few several',
    'all and or on at by for from to of with over after before during until because as also first next once only now not no',
    'just today let is are was be do can could should would will may might must have has had did a an show find see use give',
  ].flatMap((line) => line.split(' ')),
);
