import type { Node } from '../tree.ts';
import { isOne, numberIn } from './names.ts';
import { PrimaryParser } from './primaries.ts';

/** `f(2)` is a value of f, `x(2)` is twice x. */
const FUNCTION_LETTER = /^[fgh](?:_.*)?'*(?:\^-1)?$/;
const FUNCTION_CAPITAL = /^[A-Z](?:_.*)?'*$/;

/** What stands side by side in products: numbers, names and brackets with their powers, subscripts and arguments. */
export abstract class FactorParser extends PrimaryParser {
  protected startsFactor(): boolean {
    const token = this.peek();
    if (!token) return false;
    if (token.type === 'sign')
      return (
        /^(?:[([{]|\\\{|langle|lfloor|lceil|\\\|)$/.test(token.text) ||
        (token.text === '|' && this.bars === 0 && !this.barSeparates)
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
    if (this.take('-')) return { kind: 'power', left: base, right: { kind: 'negate', arg: this.exponent() } };
    this.take('+');
    const right = this.exponent();
    const isInverse =
      base.kind === 'symbol' && FUNCTION_LETTER.test(base.name) && right.kind === 'negate' && isOne(right.arg);
    if (isInverse && this.is('(')) return { kind: 'symbol', name: `${base.name}^-1` };
    return { kind: 'power', left: base, right };
  }

  /** Towers of powers are read from the right. */
  protected exponent(): Node {
    this.splitWord();
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
}
