import type { Span } from './boxed.ts';
import { boxesIn } from './boxed.ts';
import { isProse } from './prose.ts';

const PERCENT = /\s*(?:\\?%|[Pp]ercentage|[Pp]ercent|[Pp]ct)/y;
const CONNECTION = /\s*(?:,?\s*and|,?\s*or|,)\s*/y;
const SIMPLE_FRACTION = /-?\\[dt]?frac\{-?\d+(?:[.,]\d+)?\}\{-?\d+(?:[.,]\d+)?\}/y;
const MOST_CONNECTED = 6;
/** Longer stretches between delimiters are no answers. */
const LONGEST = 4000;

/**
 * The formulas in a text, left to right: between `$$`, `\[ \]`, `$`, `\( \)`, ` [ ] `, and plain fractions. Formulas joined by commas, "and" or
 * "or" are one answer; a percent sign after one belongs to it.
 */
export function formulasIn(text: string): Span[] {
  const formulas: Span[] = [];
  const ends = new Ends(text);
  for (let at = nextOpening(text, 0); at < text.length; at = nextOpening(text, at)) {
    const first = formulaAt(text, at, ends);
    if (!first) {
      at++;
      continue;
    }
    const connected = [first];
    while (connected.length < MOST_CONNECTED) {
      const from = connected.at(-1)!.end;
      const gap = matchAt(CONNECTION, text, from);
      const next = gap === undefined ? undefined : formulaAt(text, from + gap.length, ends);
      if (!next) break;
      connected.push(next);
    }
    const contents = connected.map(({ content }) => content);
    formulas.push({ start: first.start, end: connected.at(-1)!.end, content: contents.join(' , ') });
    at = formulas.at(-1)!.end;
  }
  return formulas;
}

const OPENING = /[$\\[]|-(?=\\)/g;

function nextOpening(text: string, from: number): number {
  OPENING.lastIndex = from;
  return OPENING.exec(text)?.index ?? text.length;
}

/** Where closing delimiters stand; each is looked for once, so that a million opening ones cost no more than a million. */
class Ends {
  readonly #next = new Map<string, number>();
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  after(delimiter: string, from: number): number {
    const known = this.#next.get(delimiter);
    if (known !== undefined && known >= from) return known;
    const found = this.#text.indexOf(delimiter, from);
    this.#next.set(delimiter, found < 0 ? Infinity : found);
    return this.#next.get(delimiter)!;
  }
}

function formulaAt(text: string, at: number, ends: Ends): Span | undefined {
  const span = delimited(text, at, ends);
  if (!span) return undefined;
  const boxes = span.content.includes('box') ? boxesIn(span.content) : [];
  const content = boxes.length > 0 ? boxes.map((box) => box.content).join(',') : span.content;
  const percent = matchAt(PERCENT, text, span.end) ?? '';
  return {
    start: span.start,
    end: span.end + percent.length,
    content: percent && !/%\s*$/.test(content) ? `${content}\\%` : content,
  };
}

function delimited(text: string, at: number, ends: Ends): Span | undefined {
  const isEscaped = text[at - 1] === '\\';
  const between = (open: string, close: string): Span | undefined => {
    const from = at + open.length;
    const end = ends.after(close, from);
    if (end - from > LONGEST || end === from) return undefined;
    return { start: at, end: end + close.length, content: text.slice(from, end) };
  };
  if (text.startsWith('$$', at)) return isEscaped ? undefined : between('$$', '$$');
  if (text[at] === '$') return isEscaped || /\d/.test(text[at - 1] ?? '') ? undefined : inlineDollars(text, at, ends);
  if (text.startsWith('\\[', at)) return isEscaped ? undefined : between('\\[', '\\]');
  if (text.startsWith('\\(', at)) return isEscaped ? undefined : between('\\(', '\\)');
  if (text[at] === '[' && /\s/.test(text[at - 1] ?? '')) return brackets(text, at, ends);
  const fraction = matchAt(SIMPLE_FRACTION, text, at);
  return fraction === undefined ? undefined : { start: at, end: at + fraction.length, content: fraction };
}

function inlineDollars(text: string, at: number, ends: Ends): Span | undefined {
  let end = ends.after('$', at + 1);
  while (text[end - 1] === '\\' && end < Infinity) end = ends.after('$', end + 1);
  if (end === Infinity || end === at + 1 || end - at > LONGEST || end > ends.after('\n', at)) return undefined;
  const content = text.slice(at + 1, end);
  // `costs $18 and $26` holds two sums of money and no formula.
  const isMoney = /^\d[\d.,]*\s[^\\=+*/^_]*[a-zA-Z]/.test(content) && /\d/.test(text[end + 1] ?? '');
  return isMoney || isProse(content) ? undefined : { start: at, end: end + 1, content };
}

/** Brackets alone between spaces: an interval in plain text, or `\[ \]` that lost its backslashes. */
function brackets(text: string, at: number, ends: Ends): Span | undefined {
  const end = ends.after(']', at);
  if (end > ends.after('\n', at) || end - at > LONGEST || !/^\s?$/.test(text[end + 1] ?? '')) return undefined;
  const content = text.slice(at, end + 1);
  return isProse(content) || content.indexOf('[', 1) > 0 ? undefined : { start: at, end: end + 1, content };
}

export function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
