import { integer, type Node } from '../tree.ts';
import { CONSTANTS } from './commands.ts';
import { letterOf, numberIn, numberOf } from './names.ts';
import { TokenReader } from './reader.ts';
import { Unreadable } from './tokens.ts';

/** `f(2)` is a value of f, `x(2)` is twice x. */
const FUNCTION_LETTER = /^[fgh](?:_.*)?'*(?:\^-1)?$/;
const FUNCTION_CAPITAL = /^[A-Z](?:_.*)?'*$/;

/** Letters side by side that can be a product. */
const LONGEST_WORD = 40;

/** Numbers, names, powers, roots, functions: what stands side by side in products. */
export abstract class FactorParser extends TokenReader {
  /** Absolute value bars that are open. */
  #bars = 0;
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

  protected startsFactor(): boolean {
    const token = this.peek();
    if (!token) return false;
    if (token.type === 'sign')
      return (
        /^(?:[([{]|\\\{|langle|lfloor|lceil|\\\|)$/.test(token.text) ||
        (token.text === '|' && this.#bars === 0 && !this.barSeparates)
      );
    return (
      !/^(?:relation|separator|row)$/.test(token.type) &&
      !(token.type === 'command' && /^(?:mod|end)$/.test(token.text))
    );
  }

  /** A factor with what follows it: powers, subscripts, `!`, `'`, `%`, degrees. */
  protected postfix(): Node {
    let node = this.nested(() => this.primary());
    for (;;) {
      if (this.take('^')) node = this.#power(node);
      else if (this.take('_')) node = this.#subscript(node);
      else if (this.take('!')) node = { kind: 'factorial', arg: node };
      else if (this.take('%')) node = { kind: 'percent', arg: node };
      else if (this.take('degree')) node = { kind: 'degree', arg: node };
      else if (this.is("'") && node.kind === 'symbol') {
        this.at++;
        node = { kind: 'symbol', name: `${node.name}'` };
      } else if (this.is('(') && this.#isCalled(node)) node = this.#calledWith(node as { name: string });
      else if (this.is('(') && node.kind === 'symbol' && FUNCTION_CAPITAL.test(node.name)) {
        const text = this.#conditions();
        if (text === undefined) return node;
        node = { kind: 'call', name: node.name, args: [{ kind: 'text', text }] };
      } else return node;
      this.budget.spend(1);
    }
  }

  #power(base: Node): Node {
    const [plain, braced] = [this.is('degree'), this.is('{') && this.is('degree', 1) && this.is('}', 2)];
    if (plain || braced) {
      this.at += plain ? 1 : 3;
      return { kind: 'degree', arg: base };
    }
    // A side of a limit, 3^{+}, and nothing at all.
    const isSide = this.is('{') && (this.is('+', 1) || this.is('-', 1)) && this.is('}', 2);
    if (isSide || (this.is('{') && this.is('}', 1))) {
      this.at += isSide ? 3 : 2;
      return base;
    }
    const token = this.peek(this.is('{') ? 1 : 0);
    if (token?.type === 'text' || (token?.type === 'letter' && token.text === 'prime')) {
      this.at += this.is('{') ? 3 : 1; // 4^{\text{th}}, f^\prime
      return token.text === 'prime' && base.kind === 'symbol' ? { kind: 'symbol', name: `${base.name}'` } : base;
    }
    if (this.take('-')) return { kind: 'power', left: base, right: { kind: 'negate', arg: this.#exponent() } };
    this.take('+');
    const right = this.#exponent();
    const isInverse =
      base.kind === 'symbol' && FUNCTION_LETTER.test(base.name) && right.kind === 'negate' && isOne(right.arg);
    if (isInverse && this.is('(')) return { kind: 'symbol', name: `${base.name}^-1` };
    return { kind: 'power', left: base, right };
  }

  /** Towers of powers are read from the right. */
  #exponent(): Node {
    this.#splitWord();
    const base = this.nested(() => this.primary());
    return this.take('^') ? this.nested(() => this.#power(base)) : base;
  }

  #subscript(node: Node): Node {
    const start = this.at;
    if (this.is('{')) {
      let depth = 0;
      do {
        if (this.is('{')) depth++;
        if (this.is('}')) depth--;
        this.at++;
      } while (depth > 0 && this.at < this.tokens.length);
    } else this.at++;
    const text = this.tokens
      .slice(start, this.at)
      .map((token) => token.text)
      .join('')
      .replace(/^\{|\}$/g, '');
    if (node.kind === 'number') return numberIn(node, text);
    if (node.kind === 'symbol') return { kind: 'symbol', name: `${node.name}_${text}` };
    if (node.kind === 'multiply' && node.args.at(-1)?.kind === 'symbol') {
      const last = node.args.at(-1) as { name: string };
      return { ...node, args: [...node.args.slice(0, -1), { kind: 'symbol', name: `${last.name}_${text}` }] };
    }
    return { kind: 'call', name: `subscript ${text}`, args: [node] };
  }

  /** The tokens in the bracket that is next, when they hold a relation or a bar: `P(X = 1)`, `P(A | B)`. */
  #conditions(): string | undefined {
    let depth = 0;
    for (let at = this.at; at < this.tokens.length && at < this.at + 60; at++) {
      const { text, type } = this.tokens[at]!;
      if (text === '(') depth++;
      if (text !== ')' || --depth > 0) continue;
      const inside = this.tokens.slice(this.at + 1, at);
      const isCondition = inside.some((token) => token.type === 'relation' || token.text === '|');
      if (!isCondition || type !== 'sign') return undefined;
      this.at = at + 1;
      return inside.map((token) => token.text).join('');
    }
    return undefined;
  }

  /** `f(`, and a capital with a single name or number in brackets: `P(x)`. */
  #isCalled(node: Node): boolean {
    if (node.kind !== 'symbol') return false;
    if (FUNCTION_LETTER.test(node.name)) return true;
    const inside = this.peek(1)?.type;
    return FUNCTION_CAPITAL.test(node.name) && (inside === 'letter' || inside === 'number') && this.is(')', 2);
  }

  #calledWith(symbol: { name: string }): Node {
    return { kind: 'call', name: symbol.name, args: this.argumentsOf(this.bracketed()) };
  }

  protected argumentsOf(bracketed: Node): readonly Node[] {
    if (bracketed.kind === 'pair') return [bracketed.left, bracketed.right];
    return bracketed.kind === 'tuple' ? bracketed.args : [bracketed];
  }

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
      if (isBar) this.#bars++;
      const arg = this.expression();
      if (isBar) this.#bars--;
      this.expect(closing);
      return { kind: 'call', name: { lfloor: 'floor', lceil: 'ceil' }[sign] ?? 'abs', args: [arg] };
    }
    if (sign === '{') return this.inBrackets(() => this.braced());
    if (/^(?:[([]|\\\{|langle)$/.test(sign)) return this.inBrackets(() => this.bracketed());
    throw new Unreadable(`${sign} where a number or a name should be`);
  }

  /** Bars that are open outside a bracket do not close inside it. */
  protected inBrackets(read: () => Node): Node {
    const [bars, separates] = [this.#bars, this.barSeparates];
    this.#bars = 0;
    this.barSeparates = false;
    const node = read();
    this.#bars = bars;
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
    this.#splitWord();
    return this.nested(() => this.primary());
  }

  /** Without braces, only the first letter is meant: `x^ty` is x^t times y. */
  #splitWord(): void {
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
      if (this.take('^')) power = this.take('-') ? { kind: 'negate', arg: this.#exponent() } : this.#exponent();
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
}

function isOne(node: Node): boolean {
  return node.kind === 'number' && node.numerator === node.denominator;
}
