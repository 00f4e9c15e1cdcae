import type { Budget } from '../budget.ts';
import { integer, type Node, type NumberNode } from '../tree.ts';
import { CONSTANTS, UNITS } from './commands.ts';
import { Unreadable, type Token } from './tokens.ts';

/** Brackets inside brackets; answers have three or four. */
const DEEPEST = 50;
const LONGEST_PRODUCT = 400;
/** `f(2)` is a value of f, `x(2)` is twice x. */
const FUNCTION_LETTER = /^[fgh](?:_.*)?'*$/;
const FUNCTION_CAPITAL = /^[A-Z](?:_.*)?'*$/;

/** Sums, products, powers, roots, functions. What stands in brackets is left to the class that knows lists and sets. */
export abstract class ExpressionParser {
  protected at = 0;
  protected readonly tokens: Token[];
  protected readonly budget: Budget;
  #depth = 0;
  /** Absolute value bars that are open. */
  #bars = 0;
  /** A bar separates here: `\{x | x > 0\}`. */
  protected barSeparates = false;

  constructor(tokens: readonly Token[], budget: Budget) {
    this.tokens = [...tokens];
    this.budget = budget;
  }

  /** A bracket that is next, up to the one that closes it. */
  protected abstract bracketed(): Node;
  /** The contents of braces, up to the brace that closes them. */
  protected abstract braced(): Node;
  protected abstract environment(): Node;
  protected abstract relationIn(stop: string): Node;

  protected peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  protected is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token !== undefined && (token.type === 'sign' || token.type === 'command') && token.text === text;
  }

  protected take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  protected expect(text: string): void {
    if (!this.take(text)) throw new Unreadable(`${this.peek()?.text ?? 'the end'} where ${text} should be`);
  }

  protected nested<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw new Unreadable(`brackets ${DEEPEST} deep`);
    this.budget.spend(1);
    const value = read();
    this.#depth--;
    return value;
  }

  /** A sum. */
  expression(): Node {
    const args = [this.#signed()];
    while (this.is('+') || this.is('-') || this.is('pm') || this.is('mp')) args.push(this.#signed());
    return args.length === 1 ? args[0]! : { kind: 'add', args };
  }

  #signed(): Node {
    if (this.take('+')) return this.nested(() => this.#signed());
    if (this.take('-')) return { kind: 'negate', arg: this.nested(() => this.#signed()) };
    if (this.take('pm')) return { kind: 'plusMinus', arg: this.#term() };
    if (this.take('mp')) return { kind: 'minusPlus', arg: this.#term() };
    return this.#term();
  }

  /** A product or quotient. What stands side by side binds more tightly than a slash: 1/2x is 1/(2x). */
  #term(): Node {
    let left = this.#sideBySide();
    for (;;) {
      if (this.take('*')) left = { kind: 'multiply', args: [left, this.#operand()] };
      else if (this.take('/') || (!this.barSeparates && this.take(':'))) left = { kind: 'divide', left, right: this.#operand() };
      else if (this.take('mod')) left = { kind: 'call', name: 'mod', args: [left, this.#operand()] };
      else return left;
      this.budget.spend(1);
    }
  }

  #operand(): Node {
    if (this.take('-')) return { kind: 'negate', arg: this.nested(() => this.#operand()) };
    if (this.take('+')) return this.nested(() => this.#operand());
    return this.#sideBySide();
  }

  #sideBySide(): Node {
    const first = this.#mixedNumber() ?? this.postfix();
    const args = [first];
    while (this.#startsFactor()) {
      const unit = this.#unit();
      if (unit !== undefined) {
        const arg: Node = args.length === 1 ? first : { kind: 'multiply', args, juxtaposed: true };
        return { kind: 'unit', arg, unit };
      }
      args.push(this.postfix());
      if (args.length > LONGEST_PRODUCT) throw new Unreadable(`a product of more than ${LONGEST_PRODUCT} factors`);
    }
    if (args.length === 1) return first;
    return { kind: 'multiply', args: args.flatMap((arg) => (arg.kind === 'multiply' && arg.juxtaposed ? arg.args : [arg])), juxtaposed: true };
  }

  /** `2\frac{1}{3}` and `2 1/3` are sums. */
  #mixedNumber(): Node | undefined {
    const [whole, second, third, fourth] = [0, 1, 2, 3].map((ahead) => this.peek(ahead));
    if (whole?.type !== 'number' || !/^\d+$/.test(whole.text)) return undefined;
    if (second?.type === 'number' && second.spaced && third?.text === '/' && fourth?.type === 'number') {
      this.at += 4;
      return this.#mixed(whole, { kind: 'divide', left: this.number(second), right: this.number(fourth) });
    }
    if (!this.is('frac', 1)) return undefined;
    const start = this.at++;
    const fraction = this.postfix();
    const isNumber = fraction.kind === 'divide' && fraction.left.kind === 'number' && fraction.right.kind === 'number';
    if (isNumber && !fraction.left.decimal) return this.#mixed(whole, fraction);
    this.at = start;
    return undefined;
  }

  #mixed(whole: Token, fraction: Node): Node {
    return { kind: 'add', args: [this.number(whole), fraction] };
  }

  #startsFactor(): boolean {
    const token = this.peek();
    if (!token) return false;
    if (token.type === 'sign') return /^(?:[([{]|\\\{|langle|lfloor|lceil|\\\|)$/.test(token.text) || (token.text === '|' && this.#bars === 0 && !this.barSeparates);
    return !/^(?:relation|separator|row)$/.test(token.type) && !(token.type === 'command' && /^(?:mod|end)$/.test(token.text));
  }

  /** Words after a number, to the end of the answer or of its part of it. */
  #unit(): string | undefined {
    const token = this.peek()!;
    const isWords = token.type === 'text' || (token.type === 'letter' && token.upright) || (token.type === 'word' && this.#isUnitWord(token));
    const previous = this.peek(-1);
    if (!isWords || !previous || !/^(?:number|sign|command|letter)$/.test(previous.type)) return undefined;
    const start = this.at;
    const words: string[] = [];
    for (let next = this.peek(); next && /^(?:text|word|letter)$/.test(next.type); next = this.peek()) {
      words.push(next.text);
      this.at++;
      if (this.take('^')) words.push(`^${this.#unitPower()}`);
      this.take('.');
      if (this.is('/') && /^(?:text|word)$/.test(this.peek(1)?.type ?? '')) this.at++;
    }
    const after = this.peek();
    if (!after || after.type !== 'letter' && /^(?:sign|relation|separator|row)$/.test(after.type) && !/^[([{|^_]$/.test(after.text)) return words.join(' ').toLowerCase().trim();
    this.at = start;
    return undefined;
  }

  #isUnitWord({ text, spaced }: Token): boolean {
    return UNITS.has(text) || (spaced && text.length >= 4 && /^[a-z]+$/.test(text));
  }

  #unitPower(): string {
    const braces = this.take('{');
    const power = this.peek()?.text ?? '';
    this.at++;
    if (braces) this.expect('}');
    return power;
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
      else return node;
      this.budget.spend(1);
    }
  }

  #power(base: Node): Node {
    const [plain, braced] = [this.is('degree'), this.is('{') && this.is('degree', 1) && this.is('}', 2)];
    if (plain || braced) {
      this.at += plain ? 1 : 3;
      return { kind: 'degree', arg: base };
    }
    const token = this.peek(this.is('{') ? 1 : 0);
    if (token?.type === 'text' || (token?.type === 'letter' && token.text === 'prime')) {
      this.at += this.is('{') ? 3 : 1; // 4^{\text{th}}, f^\prime
      return token.text === 'prime' && base.kind === 'symbol' ? { kind: 'symbol', name: `${base.name}'` } : base;
    }
    if (this.take('-')) return { kind: 'power', left: base, right: { kind: 'negate', arg: this.#exponent() } };
    this.take('+');
    return { kind: 'power', left: base, right: this.#exponent() };
  }

  /** Towers of powers are read from the right. */
  #exponent(): Node {
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
    const text = this.tokens.slice(start, this.at).map((token) => token.text).join('').replace(/^\{|\}$/g, '');
    if (node.kind === 'number') return inBase(node, text);
    if (node.kind === 'symbol') return { kind: 'symbol', name: `${node.name}_${text}` };
    if (node.kind === 'multiply' && node.args.at(-1)?.kind === 'symbol') {
      const last = node.args.at(-1) as { name: string };
      return { ...node, args: [...node.args.slice(0, -1), { kind: 'symbol', name: `${last.name}_${text}` }] };
    }
    return { kind: 'call', name: `subscript ${text}`, args: [node] };
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
        return this.number(token);
      case 'letter':
        this.at++;
        return letter(token);
      case 'word':
        this.at++;
        return { kind: 'multiply', args: [...token.text].map((name) => letter({ ...token, text: name })), juxtaposed: true };
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
      return this.number({ ...token, text: first });
    }
    if (this.take('-')) return { kind: 'negate', arg: this.argument() };
    return this.nested(() => this.primary());
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
    const isInverse = power && ((power.kind === 'negate' && isOne(power.arg)) || (power.kind === 'number' && power.numerator === -1n));
    if (isInverse && /^(?:sin|cos|tan|cot|sec|csc)h?$/.test(name)) return { kind: 'call', name: `a${name}`, args };
    const call: Node = { kind: 'call', name, args: base ? [...args, base] : args };
    return power ? { kind: 'power', left: call, right: power } : call;
  }

  #functionArguments(): readonly Node[] {
    if (this.is('(') || this.is('[')) return this.argumentsOf(this.inBrackets(() => this.bracketed()));
    if (this.is('{')) return this.argumentsOf(this.inBrackets(() => this.braced()));
    const args: Node[] = [this.take('-') ? { kind: 'negate', arg: this.postfix() } : this.postfix()];
    while (this.#startsFactor() && this.peek()?.type !== 'function' && this.peek()?.type !== 'text' && !this.is('(')) args.push(this.postfix());
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
    const body = name.endsWith('int') ? this.expression() : this.#term();
    return { kind: 'bound', name, variable: variable?.kind === 'symbol' ? variable.name : '', args: [body, ...(from ? [from] : []), ...(upper ? [upper] : [])] };
  }

  protected number({ text }: Token): NumberNode {
    const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    const shift = Number(exponent) - fraction.length;
    if (Math.abs(shift) > 2000) throw new Unreadable(`the number ${text}`);
    this.budget.spend(text.length);
    const digits = BigInt(whole + fraction || '0');
    return {
      kind: 'number',
      numerator: shift > 0 ? digits * 10n ** BigInt(shift) : digits,
      denominator: shift < 0 ? 10n ** BigInt(-shift) : 1n,
      decimal: mantissa.includes('.'),
      digits: mantissa,
    };
  }
}

function isOne(node: Node): boolean {
  return node.kind === 'number' && node.numerator === node.denominator;
}

function letter({ text, upright }: Token): Node {
  if (text === 'e') return { kind: 'constant', name: 'e' };
  if (text === 'i' && !upright) return { kind: 'constant', name: 'i' };
  return { kind: 'symbol', name: text };
}

/** `204_5`: the value, and what it looks like. A subscript that is no base is ignored. */
function inBase(node: NumberNode, subscript: string): NumberNode {
  const base = /^\d{1,2}$/.test(subscript) ? Number(subscript) : subscript.toLowerCase() === 'two' ? 2 : 0;
  const [whole = '', fraction = ''] = node.digits.split('.');
  if (base < 2 || base > 36 || ![...(whole + fraction)].every((digit) => Number(digit) < base)) return node;
  let numerator = 0n;
  for (const digit of whole + fraction) numerator = numerator * BigInt(base) + BigInt(digit);
  return { ...node, numerator, denominator: BigInt(base) ** BigInt(fraction.length), decimal: false, base };
}
