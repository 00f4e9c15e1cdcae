import { lastBoxes, type Span } from './boxed.ts';
import { choiceIn } from './choices.ts';
import { numbersIn, wholeNumber } from './plain.ts';
import { bareFormulasIn, isMathematics, isProse, trailingMathematics } from './prose.ts';
import { formulasIn, matchAt } from './regions.ts';

/** Where answers are looked for: formulas, numbers in running text, letters of a choice. */
export type Extraction = 'latex' | 'expr' | 'string';

/** What a text may have meant as its answer, in LaTeX or plain; `choice` is a letter. */
export interface Candidate {
  readonly source: string;
  /** Another meaning of the same text. */
  readonly or?: string;
  readonly kind: 'formula' | 'number' | 'choice' | 'words';
}

/** Texts beyond this are read from their end only: answers come last. */
const LONGEST_TEXT = 200_000;
const HOPE = /\.?\s?I hope/y;

/**
 * What may be the answer that a text ends with, best first.
 *
 * The order is Math-Verify's: "final answer is … I hope"; the last box or "final answer … is"; "answer: …"; "answer …"; the last formula or
 * number. Within one of these the one that ends last wins. More than there: formulas without dollar signs, after an announcement or alone.
 */
export function candidatesIn(source: string, extract: readonly Extraction[], isGold = false): Candidate[] {
  const text = source.slice(-LONGEST_TEXT);
  if (extract.includes('string')) {
    const choice = choiceIn(text);
    if (choice !== undefined) return [{ source: choice, kind: 'choice' }];
  }
  const hasLatex = extract.includes('latex');
  if (hasLatex) {
    const whole = wholeText(text, extract);
    if (whole.length > 0) return whole;
  }
  const found = new Found(text, extract);
  const candidates = [...found.hoped(), ...found.boxedOrFinal(), ...found.announced(), ...found.anywhere()];
  if (candidates.length > 0 || !hasLatex) return candidates;
  const tail = trailingMathematics(text.trimEnd().split('\n').at(-1)!.slice(-500));
  return tail !== '' && isMathematics(tail) ? [{ source: tail, kind: 'formula' }] : wordsOnly(text, isGold);
}

/** A text that is nothing but its answer. `2,3` is a list, and in running text a number with decimals: both are tried. */
function wholeText(source: string, extract: readonly Extraction[]): Candidate[] {
  if (source.length > 2000 || /####|box|\\[[(]/.test(source)) return [];
  const text = source.replace(/\*\*/g, '').trim();
  const isMoney = /^\\?\$[^$]*$|^[^$]*\$$/.test(text); // one sign, and no pair of delimiters
  if ((text.includes('$') && !isMoney) || /\n/.test(text.replace(/\\begin[^]*\\end/, ''))) return [];
  const number = extract.includes('expr') ? wholeNumber(text) : undefined;
  const formula: Candidate[] = isMathematics(text) ? [{ source: text, kind: 'formula' }] : [];
  if (number === undefined) return formula;
  const isList = /^-?\d{1,2},-?\d{1,2}$/.test(text);
  return [{ source: number, kind: 'number', ...(isList && { or: text }) }];
}

/** One word or two, as an answer that is a name; a right answer is nothing else, another may be announced. */
function wordsOnly(text: string, isGold: boolean): Candidate[] {
  const announced = isGold ? text : text.slice(-500).replace(/^[^]*\banswer(?: is|:):?\s*/i, '');
  const words = announced.replace(/\*/g, '').trim().replace(/\.$/, '');
  return /^\p{L}[\p{L}\p{N}-]*(?: [\p{L}\p{N}-]+)?$/u.test(words) && words.length <= 40
    ? [{ source: words, kind: 'words' }]
    : [];
}

type Item = Span & { readonly kind: 'formula' | 'number' };

class Found {
  readonly #text: string;
  readonly #hasLatex: boolean;
  readonly #items: readonly Item[];

  constructor(text: string, extract: readonly Extraction[]) {
    this.#text = text;
    this.#hasLatex = extract.includes('latex');
    const delimited = this.#hasLatex ? formulasIn(text) : [];
    const bare = this.#hasLatex ? outside(bareFormulasIn(text), delimited) : [];
    const formulas = [...delimited, ...bare]
      .sort((a, b) => a.start - b.start)
      .map((span): Item => ({ ...span, kind: 'formula' }));
    const numbers = extract.includes('expr')
      ? outside(numbersIn(text), formulas).map((span): Item => ({ ...span, kind: 'number' }))
      : [];
    this.#items = [...formulas, ...numbers].sort((a, b) => a.start - b.start);
  }

  /** "The final answer is …. I hope it is correct." */
  hoped(): Candidate[] {
    const items = this.#after(/final answer is:?\s*/gi, 0).filter(
      (item) => matchAt(HOPE, this.#text, item.end) !== undefined,
    );
    return ordered(items);
  }

  boxedOrFinal(): Candidate[] {
    const items = this.#after(/final answer.{0,100}?\sis:?\s*/gi, 0);
    const boxes = this.#hasLatex ? lastBoxes(this.#text) : undefined;
    if (boxes) items.push({ ...boxes, content: this.#withPercent(boxes), kind: 'formula' });
    return ordered(items);
  }

  #withPercent({ end, content }: Span): string {
    const after = matchAt(/(?:\s|\$|\\[\])]|\.(?=\$))*(?:\\?%|percentage|percent|pct)/iy, this.#text, end);
    return after !== undefined && !/%\s*$/.test(content) ? `${content}\\%` : content;
  }

  announced(): Candidate[] {
    return [
      ...ordered([...this.#after(/answer:/gi, 50), ...this.#bare(/answer:\s*|####\s*/gi)]),
      ...ordered([...this.#after(/answer/gi, 50), ...this.#bare(/answer\s*(?:is|=)\s*:?\s*/gi)]),
    ];
  }

  anywhere(): Candidate[] {
    return ordered([...this.#items]);
  }

  /** For each announcement the first formula and the first number that follow within so many characters; after `=` later ones too. */
  #after(pattern: RegExp, distance: number): Item[] {
    const found: Item[] = [];
    let next = 0;
    for (const match of this.#text.matchAll(pattern)) {
      const from = match.index + match[0].length;
      while (next < this.#items.length && this.#items[next]!.start < from) next++;
      for (const kind of ['formula', 'number'] as const) {
        const near = this.#near(next, from + distance, kind);
        if (near) found.push(near);
      }
    }
    return found;
  }

  #near(from: number, end: number, kind: Item['kind']): Item | undefined {
    let first: Item | undefined;
    for (let at = from; at < this.#items.length && at < from + 20; at++) {
      const item = this.#items[at]!;
      if (item.start > end + (kind === 'number' && first ? 50 : 0)) break;
      if (item.kind !== kind) continue;
      const isResult =
        kind === 'number' &&
        /=\s*\$?$/.test(
          this.#text
            .slice(Math.max(0, item.start - 5), item.start + 1)
            .replace(/\S$/, (last) => (last === '=' ? '=' : '')),
        );
      if (!first || isResult) first = item;
    }
    return first;
  }

  /** Mathematics without delimiters that ends the sentence after an announcement. */
  #bare(pattern: RegExp): Item[] {
    if (!this.#hasLatex) return [];
    return [...this.#text.matchAll(pattern)].slice(-1).flatMap((match): Item[] => {
      const from = match.index + match[0].length;
      const sentence = this.#text.slice(from, from + 500).replace(/(?:[.;]\s|\n)[^]*$/, '');
      const content = trailingMathematics(sentence.replace(/^is\s/, ''));
      const isBare =
        content !== '' &&
        !content.includes('$') &&
        !/\\[[(]|box/.test(content) &&
        isMathematics(content) &&
        wholeNumber(content) === undefined;
      return isBare ? [{ start: from, end: from + sentence.length, content, kind: 'formula' }] : [];
    });
  }
}

function outside(spans: readonly Span[], masks: readonly Span[]): Span[] {
  let at = 0;
  return spans.filter(({ start, end }) => {
    while (at < masks.length && masks[at]!.end <= start) at++;
    return at >= masks.length || end <= masks[at]!.start;
  });
}

/** The one that ends last first; of those that end together the longest. */
function ordered(items: Item[]): Candidate[] {
  return items
    .sort((a, b) => b.end - a.end || a.start - b.start)
    .slice(0, 20)
    .filter(({ content }) => !isProse(content))
    .map(({ content, kind }) => ({ source: content, kind }));
}
