import type { Budget } from '../budget.ts';
import { toAscii } from './ascii.ts';
import {
  ACCENTS,
  FUNCTIONS,
  GREEK,
  IGNORED,
  IGNORED_WITH_ARGUMENT,
  IMPLIES,
  RELATIONS,
  SIGNS,
  SIZED,
  TEXT,
  TRANSPARENT,
} from './commands.ts';

export interface Token {
  readonly type:
    'number' | 'letter' | 'word' | 'text' | 'function' | 'command' | 'sign' | 'relation' | 'separator' | 'row';
  readonly text: string;
  /** White space stands before it. */
  readonly spaced: boolean;
  /** A word that LaTeX sets upright with a command of its own. */
  readonly upright?: true;
}

/** Not mathematics, or none that is read here. Never a crash. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Digits of one number; the public answers stay below a hundred. */
const MOST_DIGITS = 1000;
const NUMBER_WORDS = new Map(Object.entries({ percent: '%', percentage: '%', pct: '%', and: 'and', or: 'or' }));
const SEPARATOR_COMMANDS = new Map(Object.entries({ land: 'and', wedge: 'and', lor: 'or', vee: 'or' }));

/**
 * Cuts an answer in LaTeX, plain notation or Unicode into tokens, in one pass.
 *
 * Looks, spacing and sizes are dropped; every spelling of the same sign becomes the same token.
 */
export function tokenize(source: string, budget: Budget): Token[] {
  return new Tokenizer(toAscii(source), budget).run();
}

class Tokenizer {
  readonly #tokens: Token[] = [];
  #at = 0;
  #spaced = false;
  /** Open brackets other than braces: a comma inside them separates. */
  #depth = 0;

  readonly #text: string;
  readonly #budget: Budget;

  constructor(text: string, budget: Budget) {
    this.#text = text;
    this.#budget = budget;
  }

  run(): Token[] {
    while (this.#at < this.#text.length) {
      this.#budget.spend(1);
      const character = this.#text[this.#at]!;
      if (/[\s~$"`]/.test(character)) {
        this.#at++;
        this.#spaced = true;
      } else if (/\d/.test(character) || (character === '.' && /\d/.test(this.#text[this.#at + 1] ?? '')))
        this.#number();
      else if (/[a-zA-Z]/.test(character)) this.#letters();
      else if (character === '\\') this.#command();
      else this.#sign(character);
    }
    return this.#tokens;
  }

  #push(type: Token['type'], text: string, upright?: true): void {
    this.#tokens.push({ type, text, spaced: this.#spaced, ...(upright && { upright }) });
    this.#spaced = false;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Decimals that repeat, `0.1\overline{6}`, as the fraction that they are: 15/90. */
  #repeating(): boolean {
    const written = this.#match(/\d{0,40}\.\d{0,40} ?\\(?:overline|bar) ?(?:\{ ?\d{1,40} ?\}|\d)/y);
    if (written === undefined) return false;
    const [whole = '', decimals = '', repeated = ''] = written.split(/\.|\\\D*/).map((part) => part.replace(/\D/g, ''));
    const numerator = BigInt(whole + decimals + repeated) - BigInt(whole + decimals || '0');
    const denominator = `${'9'.repeat(repeated.length)}${'0'.repeat(decimals.length)}`;
    this.#inner(`(${numerator}/${denominator})`);
    return true;
  }

  /** Digits, with separators between thousands (`1,234`, `1{,}234`, `1,\!234`, `1\,234`) and decimals. */
  #number(): void {
    if (this.#repeating()) return;
    let digits = this.#match(/\d*/y)!;
    if (digits.length <= 3 && digits !== '') {
      const plain = this.#depth === 0 ? ',|' : '';
      const group = new RegExp(`(?:${plain} ?\\{ ?, ?\\}|,\\\\! ?|, \\\\! ?|\\\\,)(\\d{3})(?!\\d)`, 'y');
      for (let next = this.#match(group); next !== undefined; next = this.#match(group)) {
        // 0,111 has a comma for its decimal point.
        digits += digits === '0' && plain ? `.${next.slice(-3)}` : next.slice(-3);
      }
    }
    if (!digits.includes('.')) digits += this.#match(/\.\d+|\.(?![.\d])(?=\s*[+\-*/^)}\]])/y) ?? '';
    const exponent = this.#match(/[eE][-+]?\d{1,4}(?![\d.a-zA-Z])/y);
    if (digits.length > MOST_DIGITS) throw new Unreadable(`a number of ${digits.length} digits`);
    this.#push('number', digits.replace(/\.$/, '') + (exponent ?? ''));
  }

  #letters(): void {
    const word = this.#match(/[a-zA-Z]+/y)!;
    const previous = this.#tokens.at(-1);
    // `1orx=2`: nobody writes a product of o, r and x.
    const glued = /^(or|and)([a-zA-Z])$/.exec(word);
    if (glued && previous && !this.#spaced && /^(number|sign)$/.test(previous.type)) {
      this.#push('separator', glued[1]!);
      this.#push('letter', glued[2]!);
    } else this.#word(word);
  }

  #word(word: string): void {
    const meaning = NUMBER_WORDS.get(word.toLowerCase());
    const split = /^(sin|cos|tan|cot|sec|csc|ln|log)([a-zA-Z])$/.exec(word);
    if (meaning === '%') this.#push('sign', '%');
    else if (meaning) this.#push('separator', meaning);
    else if (word.length === 1) this.#push('letter', word);
    else if (FUNCTIONS.has(word)) this.#push('function', FUNCTIONS.get(word)!);
    else if (split) {
      this.#push('function', split[1]!);
      this.#push('letter', split[2]!);
    } else if (/^(?:pi|infinity|inf|infty|oo)$/i.test(word))
      this.#push('command', word.toLowerCase() === 'pi' ? 'pi' : 'infty');
    else if (/^(?:theta|alpha|beta|gamma|delta|lambda|sigma|omega|phi|mod|mp|pm)$/.test(word))
      this.#push('command', word);
    else this.#push('word', word);
  }

  #command(): void {
    this.#at++;
    const name = this.#match(/[a-zA-Z]+/y) ?? this.#text[this.#at++] ?? '';
    if (name === '\\') return this.#push('row', '\\\\');
    if (/^\s$/.test(name) || IGNORED.has(name)) this.#spaced = true;
    else if (IGNORED_WITH_ARGUMENT.has(name)) this.#group();
    else if (TEXT.has(name)) this.#words(this.#group(), name);
    else if (name === 'mathbb' || name === 'mathds') this.#push('command', this.#group().trim());
    else if (name === 'operatorname') this.#word(this.#group().replace(/[^a-zA-Z]/g, '') || 'f');
    else if (ACCENTS.has(name)) this.#push('letter', `${ACCENTS.get(name)}{${this.#group().replace(/\s/g, '')}}`);
    else if (TRANSPARENT.has(name)) return;
    else if (name === '$' || name === '#') this.#spaced = true;
    else if (/^[{}|%&_]$/.test(name)) this.#sign(name === '{' || name === '}' || name === '|' ? `\\${name}` : name, 0);
    else if (RELATIONS.has(name)) this.#push('relation', RELATIONS.get(name)!);
    else if (SEPARATOR_COMMANDS.has(name)) this.#push('separator', SEPARATOR_COMMANDS.get(name)!);
    else if (IMPLIES.has(name)) this.#push('sign', 'implies');
    else if (FUNCTIONS.has(name) && name !== 'sqrt') this.#push('function', FUNCTIONS.get(name)!);
    else this.#knownCommand(name);
  }

  #knownCommand(name: string): void {
    const sign = SIGNS.get(name);
    if (sign !== undefined) return this.#sign(sign, 0);
    const sized = SIZED.get(name);
    if (sized !== undefined) return this.#push('command', sized);
    if (GREEK.has(name)) return this.#push('letter', name);
    // `\quadx`: a space that ran into what follows.
    const space = /^(?:qquad|quad)([a-zA-Z]+)$/.exec(name);
    if (space) {
      this.#spaced = true;
      return this.#word(space[1]!);
    }
    this.#push('command', name);
  }

  /** The contents of the braces that follow, as written; or the next character. */
  #group(): string {
    this.#match(/\s*/y);
    if (this.#text[this.#at] !== '{') return this.#text[this.#at++] ?? '';
    const start = this.#at + 1;
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      if (this.#text[this.#at] === '{') depth++;
      if (this.#text[this.#at] === '}' && --depth === 0) return this.#text.slice(start, this.#at++);
    }
    return this.#text.slice(start);
  }

  /** What stands in `\text{…}`: a separator, a percent sign, a number, a letter; else words. */
  #words(content: string, command: string): void {
    const words = content.replace(/\\[,;:! ]|[~\s$]+/g, ' ').trim();
    if (words === '') {
      this.#spaced = true;
      return;
    }
    const parts = words.split(/\s*[,;]\s*/);
    const short = parts.length > 1 && parts.every((part) => part.length <= 20);
    for (const [index, part] of (short ? parts : [words]).entries()) {
      if (index > 0) this.#push('sign', ',');
      this.#piece(part, command);
    }
  }

  #piece(part: string, command: string): void {
    const lower = part.toLowerCase().replace(/^[(\s]+|[)\s.]+$/g, '');
    const separated = /^(and|or) (.+)$/.exec(lower);
    if (part === '') return;
    if (NUMBER_WORDS.has(lower))
      this.#push(NUMBER_WORDS.get(lower) === '%' ? 'sign' : 'separator', NUMBER_WORDS.get(lower)!);
    else if (lower === '%' || lower === '\\%') this.#push('sign', '%');
    else if (separated) {
      this.#push('separator', separated[1]!);
      this.#piece(separated[2]!, command);
    } else if (/^-?\d[\d.,:/^+ -]*$/.test(part)) this.#inner(part);
    else if (/^[a-z]$/.test(lower)) this.#push('letter', part.replace(/[^a-zA-Z]/g, ''), true);
    else if (FUNCTIONS.has(lower) && command.startsWith('math')) this.#push('function', FUNCTIONS.get(lower)!);
    else this.#push('text', part);
  }

  #inner(source: string): void {
    for (const token of new Tokenizer(source, this.#budget).run()) this.#tokens.push(token);
    this.#spaced = false;
  }

  #sign(character: string, length = 1): void {
    this.#at += length;
    if (length > 0 && /[<>=!~:]/.test(character)) {
      const relation = /^(?:==|<=|>=|!=|~=|=<|=>|[<>=])/.exec(character + (this.#text[this.#at] ?? ''))?.[0];
      if (relation) {
        this.#at += relation.length - 1;
        return this.#push('relation', RELATIONS.get(relation)!);
      }
    }
    if (/^(?:\(|\[|\\\{|langle)$/.test(character)) this.#depth++;
    if (/^(?:\)|\]|\\\}|rangle)$/.test(character)) this.#depth--;
    if (character === '*' && this.#text[this.#at] === '*' && length > 0) {
      this.#at++;
      return this.#push('sign', '^');
    }
    if (!/^(?:[-+*/^_(){}[\],;:!|&'%.?]|\\[{}|]|[a-z]{2,})$/.test(character))
      throw new Unreadable(`the sign ${character.slice(0, 10)}`);
    this.#push('sign', character);
  }
}
