import type { Node } from '../tree.ts';
import { UNITS } from './commands.ts';
import { FactorParser } from './factors.ts';
import { numberOf } from './names.ts';
import { Unreadable, type Token } from './tokens.ts';

const LONGEST_PRODUCT = 400;

/** Sums and products. What stands in brackets is left to the class that knows lists and sets. */
export abstract class ExpressionParser extends FactorParser {
  /** A sum. */
  expression(): Node {
    const args = [this.#signed()];
    while (this.is('+') || this.is('-') || this.is('pm') || this.is('mp')) args.push(this.#signed());
    return args.length === 1 ? args[0]! : { kind: 'add', args };
  }

  #signed(): Node {
    if (this.take('+')) return this.nested(() => this.#signed());
    if (this.take('-')) return { kind: 'negate', arg: this.nested(() => this.#signed()) };
    if (this.take('pm')) return { kind: 'plusMinus', arg: this.term() };
    if (this.take('mp')) return { kind: 'minusPlus', arg: this.term() };
    return this.term();
  }

  /** A product or quotient. What stands side by side binds more tightly than a slash: 1/2x is 1/(2x). */
  protected term(): Node {
    let left = this.#sideBySide();
    for (;;) {
      if (this.take('*')) left = { kind: 'multiply', args: [left, this.#operand()] };
      else if (this.take('/') || (!this.barSeparates && this.take(':')))
        left = { kind: 'divide', left, right: this.#operand() };
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
    while (this.startsFactor()) {
      const unit = this.#unit();
      if (unit !== undefined) {
        const arg: Node = args.length === 1 ? first : { kind: 'multiply', args, juxtaposed: true };
        return { kind: 'unit', arg, unit };
      }
      args.push(this.postfix());
      if (args.length > LONGEST_PRODUCT) throw new Unreadable(`a product of more than ${LONGEST_PRODUCT} factors`);
    }
    if (args.length === 1) return first;
    return {
      kind: 'multiply',
      args: args.flatMap((arg) => (arg.kind === 'multiply' && arg.juxtaposed ? arg.args : [arg])),
      juxtaposed: true,
    };
  }

  /** `2\frac{1}{3}` and `2 1/3` are sums. */
  #mixedNumber(): Node | undefined {
    const [whole, second, third, fourth] = [0, 1, 2, 3].map((ahead) => this.peek(ahead));
    if (whole?.type !== 'number' || !/^\d+$/.test(whole.text)) return undefined;
    if (second?.type === 'number' && second.spaced && third?.text === '/' && fourth?.type === 'number') {
      this.at += 4;
      return this.#mixed(whole, { kind: 'divide', left: numberOf(second), right: numberOf(fourth) });
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
    return { kind: 'add', args: [numberOf(whole), fraction] };
  }

  /** Words after a number, to the end of the answer or of its part of it. */
  #unit(): string | undefined {
    const token = this.peek()!;
    const isWords =
      token.type === 'text' ||
      (token.type === 'letter' && token.upright) ||
      (token.type === 'word' && this.#isUnitWord(token));
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
    if (
      !after ||
      (after.type !== 'letter' &&
        /^(?:sign|relation|separator|row)$/.test(after.type) &&
        !/^[([{|^_]$/.test(after.text))
    )
      return words.join(' ').toLowerCase().trim();
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
}
