import { integer, type Node } from '../tree.ts';
import { CONSTANTS } from './commands.ts';
import { isOne, letterOf, numberOf } from './names.ts';
import { TokenReader } from './reader.ts';
import { Unreadable } from './tokens.ts';

/** Letters side by side that can be a product. */
const LONGEST_WORD = 40;

/** What a factor begins with: numbers, names, brackets, fractions, roots, functions, sums. */
export abstract class PrimaryParser extends TokenReader {
  /** Absolute value bars that are open. */
  protected bars = 0;
  /** A bar separates here: `\{x | x > 0\}`. */
  protected barSeparates = false;

  abstract expression(): Node;
  /** A product or quotient. */
  protected abstract term(): Node;
  /** A bracket that is next, up to the one that closes it. */
  protected abstract bracketed(): Node;
  /** The contents of braces, up to the brace that closes them. */
  protected abstract braced(): Node;
  protected abstract environment(): Node;
  protected abstract relationIn(stop: string): Node;
  /** Whether what is next can be multiplied with what stands before it. */
  protected abstract startsFactor(): boolean;
  /** A factor with what follows it. */
  protected abstract postfix(): Node;
  /** What stands after `^`. */
  protected abstract exponent(): Node;

  protected primary(): Node {
    const token = this.peek();
    if (!token) throw new Unreadable('an end where a number or a name should be');
    this.budget.spend(2);
    switch (token.type) {
      case 'number':
        this.at++;
        return numberOf(token);
      case 'letter':
        this.at++;
        return letterOf(token);
      case 'word':
        this.at++;
        if (token.text.length > LONGEST_WORD) throw new Unreadable(`a word of ${token.text.length} letters`);
        return {
          kind: 'multiply',
          args: [...token.text].map((name) => letterOf({ ...token, text: name })),
          juxtaposed: true,
        };
      case 'text':
        return this.#text();
      case 'function':
        this.at++;
        return this.#function(token.text);
      case 'command':
        return this.#command(token.text);
      case 'sign':
        return this.#sign(token.text);
      default:
        throw new Unreadable(`${token.text} where a number or a name should be`);
    }
  }

  #text(): Node {
    const words: string[] = [];
    for (let next = this.peek(); next && /^(?:text|word)$/.test(next.type); next = this.peek()) {
      words.push(next.text);
      this.at++;
    }
    return { kind: 'text', text: words.join(' ') };
  }

  #sign(sign: string): Node {
    const closing = { '|': '|', '\\|': '\\|', lfloor: 'rfloor', lceil: 'rceil' }[sign];
    if (closing !== undefined) {
      this.at++;
      const isBar = sign === '|';
      if (isBar) this.bars++;
      const arg = this.expression();
      if (isBar) this.bars--;
      this.expect(closing);
      return { kind: 'call', name: { lfloor: 'floor', lceil: 'ceil' }[sign] ?? 'abs', args: [arg] };
    }
    if (sign === '{') return this.inBrackets(() => this.braced());
    if (/^(?:[([]|\\\{|langle)$/.test(sign)) return this.inBrackets(() => this.bracketed());
    throw new Unreadable(`${sign} where a number or a name should be`);
  }

  /** Bars that are open outside a bracket do not close inside it. */
  protected inBrackets(read: () => Node): Node {
    const [bars, separates] = [this.bars, this.barSeparates];
    this.bars = 0;
    this.barSeparates = false;
    const node = read();
    this.bars = bars;
    this.barSeparates = separates;
    return node;
  }

  #command(name: string): Node {
    const constant = CONSTANTS.get(name);
    this.at++;
    if (constant) return { kind: 'constant', name: constant };
    switch (name) {
      case 'frac':
        return { kind: 'divide', left: this.argument(), right: this.argument() };
      case 'binom':
        return { kind: 'call', name: 'binomial', args: [this.argument(), this.argument()] };
      case 'sqrt':
        return this.#root();
      case 'surd':
        return { kind: 'call', name: 'sqrt', args: [this.postfix()] };
      case 'begin':
        return this.environment();
      case 'sum':
      case 'prod':
      case 'int':
      case 'iint':
      case 'oint':
      case 'lim':
        return this.#bound(name);
      default:
        throw new Unreadable(`the command \\${name.slice(0, 30)}`);
    }
  }

  #root(): Node {
    if (!this.take('[')) return { kind: 'call', name: 'sqrt', args: [this.argument()] };
    const degree = this.expression();
    this.expect(']');
    const arg = this.argument();
    return { kind: 'power', left: arg, right: { kind: 'divide', left: integer(1), right: degree } };
  }

  /** What a command applies to: braces, brackets, or the next sign, of a number its first digit. */
  protected argument(): Node {
    const token = this.peek();
    if (token?.type === 'number' && token.text.length > 1) {
      const [first, rest] = [token.text[0]!, token.text.slice(1)];
      this.tokens[this.at] = { ...token, text: rest };
      return numberOf({ ...token, text: first });
    }
    if (this.take('-')) return { kind: 'negate', arg: this.argument() };
    this.splitWord();
    return this.nested(() => this.primary());
  }

  /** Without braces, only the first letter is meant: `x^ty` is x^t times y. */
  protected splitWord(): void {
    const token = this.peek();
    if (token?.type !== 'word') return;
    const [first, rest] = [token.text[0]!, token.text.slice(1)];
    const type = rest.length > 1 ? 'word' : 'letter';
    this.tokens.splice(this.at, 1, { ...token, type: 'letter', text: first }, { type, text: rest, spaced: false });
  }

  /** `\sin^2 x`, `\log_2 8`, `\sin 2x \cos y`, `\max(a, b)`. */
  #function(name: string): Node {
    let [power, base]: (Node | undefined)[] = [];
    for (;;) {
      if (this.take('^')) power = this.take('-') ? { kind: 'negate', arg: this.exponent() } : this.exponent();
      else if (this.take('_')) base = this.argument();
      else break;
    }
    const args = this.#functionArguments();
    const isInverse =
      power && ((power.kind === 'negate' && isOne(power.arg)) || (power.kind === 'number' && power.numerator === -1n));
    if (isInverse && /^(?:sin|cos|tan|cot|sec|csc)h?$/.test(name)) return { kind: 'call', name: `a${name}`, args };
    const call: Node = { kind: 'call', name, args: base ? [...args, base] : args };
    return power ? { kind: 'power', left: call, right: power } : call;
  }

  #functionArguments(): readonly Node[] {
    if (this.is('(') || this.is('[')) return this.argumentsOf(this.inBrackets(() => this.bracketed()));
    if (this.is('{')) return this.argumentsOf(this.inBrackets(() => this.braced()));
    const args: Node[] = [this.take('-') ? { kind: 'negate', arg: this.postfix() } : this.postfix()];
    while (this.startsFactor() && this.peek()?.type !== 'function' && this.peek()?.type !== 'text' && !this.is('('))
      args.push(this.postfix());
    return args.length === 1 ? args : [{ kind: 'multiply', args }];
  }

  /** `\sum_{k=1}^{n} k^2`, `\int_0^1 x dx`, `\lim_{x \to 0} f`. */
  #bound(name: string): Node {
    let [lower, upper]: (Node | undefined)[] = [];
    for (;;) {
      if (this.take('_')) lower = this.take('{') ? this.relationIn('}') : this.argument();
      else if (this.take('^')) upper = this.argument();
      else break;
    }
    const isRelation = lower?.kind === 'relation' && lower.terms.length === 2 && lower.terms[0]!.kind === 'symbol';
    const variable = isRelation ? (lower as { terms: readonly Node[] }).terms[0]! : undefined;
    const from = isRelation ? (lower as { terms: readonly Node[] }).terms[1]! : lower;
    const body = name.endsWith('int') ? this.expression() : this.term();
    return {
      kind: 'bound',
      name,
      variable: variable?.kind === 'symbol' ? variable.name : '',
      args: [body, ...(from ? [from] : []), ...(upper ? [upper] : [])],
    };
  }

  protected argumentsOf(bracketed: Node): readonly Node[] {
    if (bracketed.kind === 'pair') return [bracketed.left, bracketed.right];
    return bracketed.kind === 'tuple' ? bracketed.args : [bracketed];
  }
}
