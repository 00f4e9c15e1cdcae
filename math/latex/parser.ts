import type { Budget } from '../budget.ts';
import type { Node, Operator } from '../tree.ts';
import { ExpressionParser } from './expressions.ts';
import { tokenize, Unreadable } from './tokens.ts';

/** Longer texts are no answers; the longest in public data have some hundred characters. */
export const LONGEST_ANSWER = 4000;
const MOST_ELEMENTS = 500;

/**
 * Reads an answer: an expression, an equation, a set, a list of them.
 *
 * Time is linear in its length: one pass over the characters, one over the tokens, with at most one step back.
 *
 * @throws Unreadable for what is no answer in any notation known here.
 */
export function parseAnswer(source: string, budget: Budget): Node {
  if (source.length > LONGEST_ANSWER) throw new Unreadable(`more than ${LONGEST_ANSWER} characters`);
  const tokens = tokenize(source, budget);
  if (tokens.length === 0) throw new Unreadable('nothing');
  try {
    return new AnswerParser(tokens, budget).answer();
  } catch (error) {
    // `1 = \unknown = x = 0` ends with its answer.
    const equals = tokens.map((token, at) => (token.text === '=' ? at : -1)).filter((at) => at >= 0);
    const separated = tokens.some(({ text, type }) => text === ',' || text === ';' || type === 'separator');
    if (!(error instanceof Unreadable) || equals.length < 2 || separated) throw error;
    return new AnswerParser(tokens.slice(equals.at(-1)! + 1), budget).answer();
  }
}

/** Lists, relations, sets and matrices, over the expressions. */
class AnswerParser extends ExpressionParser {
  answer(): Node {
    const node = this.#list(() => this.at >= this.tokens.length);
    if (!node) throw new Unreadable('nothing');
    return node;
  }

  /** Elements up to the end of the list: one stays itself, several are a list. Groups with `;` are tuples. */
  #list(isEnd: () => boolean): Node | undefined {
    const groups: Node[][] = [[]];
    let joined: 'and' | 'or' | undefined;
    let count = 0;
    while (!isEnd()) {
      const separator = this.#separator();
      if (separator === ';') groups.push([]);
      if (separator === 'and' || separator === 'or') joined = separator;
      if (separator !== undefined || this.take('.')) continue;
      const before = this.at;
      groups.at(-1)!.push(this.element());
      if (this.at === before || ++count > MOST_ELEMENTS)
        throw new Unreadable(`${this.peek()?.text ?? 'the end'} in a list`);
      if (!isEnd() && !this.#isSeparator()) throw new Unreadable(`${this.peek()?.text ?? 'the end'} after an element`);
    }
    const filled = groups.filter((group) => group.length > 0);
    const args = filled.length > 1 && filled.some((group) => group.length > 1) ? filled.map(asTuple) : filled.flat();
    if (args.length < 2) return args[0];
    return { kind: 'list', args, ...(joined && { joined }) };
  }

  #isSeparator(): boolean {
    const token = this.peek();
    return (
      token !== undefined &&
      (token.type === 'separator' || token.type === 'row' || (token.type === 'sign' && /^[,;.&]$/.test(token.text)))
    );
  }

  #separator(): string | undefined {
    const token = this.peek();
    if (!token || !this.#isSeparator() || token.text === '.') return undefined;
    this.at++;
    return token.text;
  }

  /** A relation, chained or not, or a set or expression alone. Approximations after the value are dropped. */
  protected element(): Node {
    const terms: Node[] = [];
    const operators: Operator[] = [];
    this.#skipAlignment();
    if (this.peek()?.text === '=' || this.peek()?.text === 'approx') this.at++; // `= 5`, `≈ 3.14`
    terms.push(this.#setminus());
    for (;;) {
      this.#skipAlignment();
      const negated = this.take('not');
      const token = this.peek();
      if (this.take('implies')) {
        terms.splice(0, terms.length, this.#setminus());
        operators.length = 0;
        continue;
      }
      if (token?.type !== 'relation') break;
      this.at++;
      const operator = token.text as Operator;
      operators.push(
        negated ? (({ '=': '!=', in: 'notin' } as Record<string, Operator>)[operator] ?? operator) : operator,
      );
      this.#skipAlignment();
      terms.push(this.#setminus());
      this.budget.spend(1);
    }
    return relation(terms, operators);
  }

  #skipAlignment(): void {
    // `a &= b \\ &= c`: one chain over several lines.
    while (this.is('&') || (this.peek()?.type === 'row' && (this.is('&', 1) || this.peek(1)?.type === 'relation')))
      this.at++;
  }

  #setminus(): Node {
    let left = this.#union();
    while (this.take('setminus')) left = { kind: 'setminus', left, right: this.#union() };
    return left;
  }

  #union(): Node {
    let left = this.expression();
    for (;;) {
      if (this.take('cup')) left = { kind: 'union', left, right: this.expression() };
      else if (this.take('cap')) left = { kind: 'intersection', left, right: this.expression() };
      else return left;
    }
  }

  protected relationIn(stop: string): Node {
    const node = this.element();
    this.expect(stop);
    return node;
  }

  protected bracketed(): Node {
    const open = this.peek()!.text;
    this.at++;
    if (open === '\\{') return this.#set();
    const isClose = () => this.is(')') || this.is(']') || this.is('rangle') || this.is('\\}');
    const list = this.nested(() => this.#list(() => isClose() || this.at >= this.tokens.length));
    const close = this.peek()?.text;
    if (!list || close === undefined) throw new Unreadable('a bracket without contents or end');
    this.at++;
    if (list.kind !== 'list') return list;
    const [left, right] = list.args as [Node, Node];
    if (list.args.length > 2 || open === 'langle') return { kind: 'tuple', args: list.args };
    return { kind: 'pair', left, right, closed: [open === '[', close === ']'] };
  }

  #set(): Node {
    if (this.take('\\}')) return { kind: 'constant', name: 'empty' };
    this.barSeparates = true;
    const list = this.nested(() =>
      this.#list(() => this.is('\\}') || this.is('|') || this.is(':') || this.at >= this.tokens.length),
    );
    this.barSeparates = false;
    if (!list) throw new Unreadable('a set without contents');
    if (this.take('|') || this.take(':')) {
      const condition = this.nested(() => this.#list(() => this.is('\\}') || this.at >= this.tokens.length));
      this.expect('\\}');
      if (!condition) throw new Unreadable('a set without a condition');
      return { kind: 'builder', condition };
    }
    if (!this.take('\\}')) this.expect('}');
    return { kind: 'set', args: list.kind === 'list' ? list.args : [list] };
  }

  protected braced(): Node {
    this.expect('{');
    const list = this.nested(() =>
      this.#list(() => this.is('}') || this.is('choose') || this.is('over') || this.at >= this.tokens.length),
    );
    if (!list) throw new Unreadable('empty braces');
    if (this.is('choose') || this.is('over')) {
      const isChoose = this.take('choose') || !this.take('over');
      const right = this.expression();
      this.expect('}');
      return isChoose ? { kind: 'call', name: 'binomial', args: [list, right] } : { kind: 'divide', left: list, right };
    }
    if (this.at < this.tokens.length) this.expect('}');
    return list.kind === 'list' ? { kind: 'set', args: list.args } : list;
  }

  /** `\begin{pmatrix} … \end{pmatrix}` and its like. A column of relations is a list of them. */
  protected environment(): Node {
    const name = this.#environmentName();
    if (name.startsWith('array')) this.#skipBraces();
    if (/^(?:align|gather|equation|split|aligned|gathered)/.test(name)) return this.#lines();
    const rows: Node[][] = [[]];
    while (!this.is('end')) {
      if (this.at >= this.tokens.length) throw new Unreadable(`${name} without an end`);
      this.budget.spend(1);
      if (this.peek()!.type === 'row') {
        this.at++;
        rows.push([]);
      } else if (!this.take('&') && !this.take(','))
        rows.at(-1)!.push(this.nested(() => this.inBrackets(() => this.#cell())));
    }
    this.at++;
    this.#environmentName();
    const filled = rows.filter((row) => row.length > 0);
    if (filled.length === 0) throw new Unreadable('an empty matrix');
    const isSystem = name.startsWith('cases') && filled.every((row) => row.length === 1);
    if (isSystem) return { kind: 'list', args: filled.flat(), joined: 'and' };
    return { kind: 'matrix', rows: filled, ...(name.startsWith('vmatrix') && { determinant: true }) };
  }

  #cell(): Node {
    const terms = [this.#setminus()];
    const operators: Operator[] = [];
    for (let token = this.peek(); token?.type === 'relation'; token = this.peek()) {
      this.at++;
      operators.push(token.text as Operator);
      terms.push(this.#setminus());
    }
    return relation(terms, operators);
  }

  #lines(): Node {
    const list = this.nested(() => this.#list(() => this.is('end') || this.at >= this.tokens.length));
    this.expect('end');
    this.#environmentName();
    if (!list) throw new Unreadable('lines without contents');
    return list;
  }

  #environmentName(): string {
    const start = this.at;
    this.#skipBraces();
    return this.tokens
      .slice(start + 1, this.at - 1)
      .map((token) => token.text)
      .join('');
  }

  #skipBraces(): void {
    this.expect('{');
    while (this.at < this.tokens.length && !this.is('}')) this.at++;
    this.expect('}');
  }
}

function asTuple(group: Node[]): Node {
  return group.length === 1 ? group[0]! : { kind: 'tuple', args: group };
}

/** `1/3 ≈ 0.33` is worth 1/3; `x ≈ 0.33` says what x is. */
function relation(terms: Node[], operators: Operator[]): Node {
  const approx = operators.indexOf('approx');
  if (approx === 0 && terms[0]!.kind === 'symbol')
    operators = operators.map((operator) => (operator === 'approx' ? '=' : operator));
  else if (approx >= 0) [terms, operators] = [terms.slice(0, approx + 1), operators.slice(0, approx)];
  return operators.length === 0 ? terms[0]! : { kind: 'relation', terms, operators };
}
