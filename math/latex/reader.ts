import type { Budget } from '../budget.ts';
import { Unreadable, type Token } from './tokens.ts';

/** Brackets inside brackets; answers have three or four. */
const DEEPEST = 50;

/** Tokens, one after the other. */
export abstract class TokenReader {
  protected at = 0;
  protected readonly tokens: Token[];
  protected readonly budget: Budget;
  #depth = 0;

  constructor(tokens: readonly Token[], budget: Budget) {
    this.tokens = [...tokens];
    this.budget = budget;
  }

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
}
