import type { Budget } from '../budget.ts';
import { keyOf, type Node } from '../tree.ts';
import { Undefined, type Complex, type ComplexField } from './complex.ts';
import { exactValue } from './exact.ts';
import { factorial, NUMERIC_FUNCTIONS } from './functions.ts';
import { digitsFor } from './points.ts';

/** A value, and whether every step towards it was real. */
export interface Value extends Complex {
  readonly isReal: boolean;
}

/** Sums and products are added up to this many terms. */
const MOST_TERMS = 2000;

/** Steps of the budget for one operation with 40 digits. */
const SIMPLE_STEP = 30;
const FUNCTION_STEP = 1000;

/** Values of expressions at one point. The point is a name: it decides the value of every variable. */
export class Evaluator {
  #isReal = true;
  readonly #bound = new Map<string, Complex>();
  readonly #scale: number;

  readonly field: ComplexField;
  readonly point: (variable: string) => string;
  readonly budget: Budget;

  constructor(field: ComplexField, point: (variable: string) => string, budget: Budget) {
    this.field = field;
    this.point = point;
    this.budget = budget;
    this.#scale = (field.digits / 40) ** 2;
  }

  /** @throws Undefined where the expression has no value. */
  valueOf(node: Node): Value {
    this.#isReal = true;
    const value = this.#value(node);
    return { ...value, isReal: this.#isReal && value.im.isZero() };
  }

  #value(node: Node): Complex {
    const { field } = this;
    this.budget.spend(SIMPLE_STEP * this.#scale);
    switch (node.kind) {
      case 'number':
        return field.ratio(node.numerator, node.denominator);
      case 'symbol':
        return this.#bound.get(node.name) ?? field.real(this.point(node.name));
      case 'constant':
        return this.#constant(node.name);
      case 'unit':
      case 'degree':
        return this.#value(node.arg);
      case 'negate':
        return field.negate(this.#value(node.arg));
      case 'percent':
        return field.divide(this.#value(node.arg), field.real(100));
      case 'add':
        return node.args.map((arg) => this.#value(arg)).reduce((a, b) => field.add(a, b));
      case 'multiply':
        return node.args.map((arg) => this.#value(arg)).reduce((a, b) => field.multiply(a, b));
      case 'divide':
        return field.divide(this.#value(node.left), this.#value(node.right));
      case 'power':
        return this.#power(node.left, node.right);
      case 'factorial':
        return this.#factorial(node);
      case 'call':
        return this.#call(node.name, node.args);
      case 'bound':
        return this.#sum(node);
      default:
        throw new Undefined(`no number: ${node.kind}`);
    }
  }

  #constant(name: string): Complex {
    if (name === 'pi') return { re: this.field.pi, im: this.field.zero };
    if (name === 'e') return this.field.e;
    if (name === 'i') return this.field.i;
    throw new Undefined(`no number: ${name}`);
  }

  /** Odd roots of negative numbers are real, as school has it: (-8)^{1/3} is -2. */
  #power(left: Node, right: Node): Complex {
    const base = this.#value(left);
    const exponent = this.#value(right);
    this.budget.spend(FUNCTION_STEP * this.#scale);
    if (base.im.isZero() && base.re.isNegative() && !(exponent.im.isZero() && exponent.re.isInteger())) {
      const exact = exactValue(right, this.budget);
      if (exact && exact.denominator % 2n === 1n) {
        const size = this.field.power({ re: base.re.abs(), im: this.field.zero }, exponent);
        return exact.numerator % 2n === 0n ? size : this.field.negate(size);
      }
      this.#isReal = false;
    }
    return this.field.power(base, exponent);
  }

  #factorial(node: Node & { arg: Node }): Complex {
    const arg = this.#value(node.arg);
    this.budget.spend(FUNCTION_STEP * this.#scale);
    try {
      return factorial(this.field, [arg]);
    } catch (error) {
      if (!(error instanceof Undefined)) throw error;
      return this.#unknown('factorial', [arg]);
    }
  }

  #call(name: string, args: readonly Node[]): Complex {
    const apply = NUMERIC_FUNCTIONS.get(name);
    // In a sine a degree is an angle.
    const isAngle = /^(?:sin|cos|tan|cot|sec|csc)$/.test(name);
    const values = args.map((arg) => {
      const value = this.#value(arg);
      return isAngle && hasDegree(arg)
        ? this.field.multiply(
            value,
            this.field.divide({ re: this.field.pi, im: this.field.zero }, this.field.real(180)),
          )
        : value;
    });
    this.budget.spend(FUNCTION_STEP * this.#scale);
    if (!apply || values.length === 0) return this.#unknown(name, values);
    if ((name === 'sqrt' || name === 'ln' || name === 'log') && (values[0]!.re.isNegative() || !values[0]!.im.isZero()))
      this.#isReal = false;
    return apply(this.field, values);
  }

  /** A function of which only the name is known: equal arguments give equal values. */
  #unknown(name: string, values: readonly Complex[]): Complex {
    const key = values.map(({ re, im }) => `${re.toPrecision(15)}+${im.toPrecision(15)}i`).join();
    return this.field.real(digitsFor(`${name}(${key})`));
  }

  #sum(node: Extract<Node, { kind: 'bound' }>): Complex {
    const [body, from, to] = node.args;
    const isSum = node.name === 'sum';
    if (!(isSum || node.name === 'prod') || !node.variable || !from || !to) return this.#opaque(node);
    const [first, last] = [from, to].map((end) => (isInfinite(end) ? undefined : this.#value(end)));
    if (!first || !last || ![first, last].every(({ re, im }) => im.isZero() && re.isInteger()))
      return this.#opaque(node);
    if (last.re.minus(first.re).gt(MOST_TERMS)) return this.#opaque(node);
    let total = this.field.real(isSum ? 0 : 1);
    const outer = this.#bound.get(node.variable);
    for (let index = first.re; index.lte(last.re); index = index.plus(1)) {
      this.#bound.set(node.variable, { re: index, im: this.field.zero });
      const term = this.#value(body!);
      total = isSum ? this.field.add(total, term) : this.field.multiply(total, term);
    }
    if (outer) this.#bound.set(node.variable, outer);
    else this.#bound.delete(node.variable);
    return total;
  }

  /** An integral, a limit, an infinite sum: worth the same where it is written the same. */
  #opaque(node: Node): Complex {
    return this.field.real(digitsFor(keyOf(node)));
  }
}

function hasDegree(node: Node): boolean {
  if (node.kind === 'degree') return true;
  return (node.kind === 'negate' && hasDegree(node.arg)) || ('args' in node && node.args.some(hasDegree));
}

function isInfinite(node: Node): boolean {
  return node.kind === 'negate' ? isInfinite(node.arg) : node.kind === 'constant' && node.name === 'infinity';
}
