import { BigNumberDependencies, create, type BigNumber } from 'mathjs';

/** Arbitrary precision, as mathjs has it. */
export type Decimal = BigNumber;

/** The class behind them. mathjs's types leave it out. */
interface DecimalClass {
  new (value: number | string | Decimal): Decimal;
  clone(config: { precision: number }): DecimalClass;
  acos(value: number): Decimal;
  atan2(y: Decimal, x: Decimal): Decimal;
  max(...values: readonly (number | Decimal)[]): Decimal;
}

// Only its numbers: the parser and the algebra of mathjs stay out.
const math = create({ ...BigNumberDependencies }) as unknown as { BigNumber: DecimalClass };

/** No value where it was asked for: a division by zero, a number too large to write. */
export class Undefined extends Error {
  override readonly name = 'Undefined';
}

export interface Complex {
  readonly re: Decimal;
  readonly im: Decimal;
}

/** Beyond 10^±4000 a number counts as having no value: no answer is that large, and functions of it take long. */
const LARGEST_EXPONENT = 4000;
/** Sines and exponentials of more lose all their digits. */
const LARGEST_ARGUMENT = 10_000;

/** Complex functions with a chosen number of digits; principal branches, except for odd roots of negative numbers. */
export class ComplexField {
  readonly digits: number;
  readonly Decimal: DecimalClass;
  readonly zero: Decimal;
  readonly one: Complex;
  readonly i: Complex;
  readonly pi: Decimal;
  readonly e: Complex;
  readonly #tiny: Decimal;

  constructor(digits: number) {
    this.digits = digits;
    this.Decimal = math.BigNumber.clone({ precision: digits });
    this.zero = new this.Decimal(0);
    this.one = this.real(1);
    this.i = { re: this.zero, im: new this.Decimal(1) };
    this.pi = this.Decimal.acos(-1);
    this.e = { re: new this.Decimal(1).exp(), im: this.zero };
    this.#tiny = new this.Decimal(10).pow(6 - digits);
  }

  real(value: number | string | Decimal): Complex {
    return { re: new this.Decimal(value), im: this.zero };
  }

  ratio(numerator: bigint, denominator: bigint): Complex {
    const top = new this.Decimal(numerator.toString());
    return this.checked({ re: denominator === 1n ? top : top.div(denominator.toString()), im: this.zero });
  }

  checked(value: Complex): Complex {
    for (const part of [value.re, value.im]) {
      if (!part.isFinite() || Math.abs(part.e) > LARGEST_EXPONENT) {
        if (!part.isZero()) throw new Undefined('a number without a value that can be written');
      }
    }
    return value;
  }

  add(a: Complex, b: Complex): Complex {
    return { re: a.re.plus(b.re), im: a.im.isZero() ? b.im : a.im.plus(b.im) };
  }

  negate(a: Complex): Complex {
    return { re: a.re.neg(), im: a.im.isZero() ? a.im : a.im.neg() };
  }

  multiply(a: Complex, b: Complex): Complex {
    if (a.im.isZero() && b.im.isZero()) return this.checked({ re: a.re.times(b.re), im: this.zero });
    return this.checked({
      re: a.re.times(b.re).minus(a.im.times(b.im)),
      im: a.re.times(b.im).plus(a.im.times(b.re)),
    });
  }

  divide(a: Complex, b: Complex): Complex {
    // What should be zero, as the cosine of π/2, is not in finite digits.
    if (this.abs(b).lt(this.#tiny)) throw new Undefined('a division by zero');
    if (a.im.isZero() && b.im.isZero()) return this.checked({ re: a.re.div(b.re), im: this.zero });
    const norm = b.re.times(b.re).plus(b.im.times(b.im));
    const conjugate = { re: b.re.div(norm), im: b.im.neg().div(norm) };
    return this.multiply(a, conjugate);
  }

  abs(a: Complex): Decimal {
    return a.im.isZero() ? a.re.abs() : a.re.times(a.re).plus(a.im.times(a.im)).sqrt();
  }

  exp(a: Complex): Complex {
    if (a.re.abs().gt(LARGEST_ARGUMENT)) throw new Undefined('an exponential without a value that can be written');
    const size = a.re.exp();
    if (a.im.isZero()) return this.checked({ re: size, im: this.zero });
    const angle = this.#angle(a.im);
    return this.checked({ re: size.times(angle.cos()), im: size.times(angle.sin()) });
  }

  #angle(value: Decimal): Decimal {
    if (value.abs().gt(LARGEST_ARGUMENT)) throw new Undefined('an angle without digits');
    return value;
  }

  log(a: Complex): Complex {
    if (a.re.isZero() && a.im.isZero()) throw new Undefined('a logarithm of zero');
    if (a.im.isZero()) return { re: a.re.abs().ln(), im: a.re.isNegative() ? this.pi : this.zero };
    return { re: this.abs(a).ln(), im: this.Decimal.atan2(a.im, a.re) };
  }

  sqrt(a: Complex): Complex {
    if (a.im.isZero()) {
      const root = a.re.abs().sqrt();
      return a.re.isNegative() ? { re: this.zero, im: root } : { re: root, im: this.zero };
    }
    return this.exp(this.divide(this.log(a), this.real(2)));
  }

  power(base: Complex, exponent: Complex): Complex {
    if (exponent.im.isZero() && exponent.re.isInteger() && exponent.re.abs().lte(100_000))
      return this.#wholePower(base, exponent.re.toNumber());
    if (base.re.isZero() && base.im.isZero()) {
      if (exponent.re.isPositive() && !exponent.re.isZero()) return this.real(0);
      throw new Undefined('zero to a power that is not positive');
    }
    if (exponent.im.isZero() && exponent.re.eq(0.5)) return this.sqrt(base);
    return this.exp(this.multiply(this.log(base), exponent));
  }

  #wholePower(base: Complex, exponent: number): Complex {
    if (exponent < 0) return this.divide(this.one, this.#wholePower(base, -exponent));
    if (exponent === 0 && base.re.isZero() && base.im.isZero()) throw new Undefined('zero to the power of zero');
    let [result, square] = [this.one, base];
    for (let rest = exponent; ; square = this.multiply(square, square)) {
      if (rest % 2 === 1) result = this.multiply(result, square);
      rest = Math.floor(rest / 2);
      if (rest === 0) return result;
    }
  }

  sin(a: Complex): Complex {
    if (a.im.isZero()) return { re: this.#angle(a.re).sin(), im: this.zero };
    const [up, down] = [this.exp(this.multiply(this.i, a)), this.exp(this.negate(this.multiply(this.i, a)))];
    return this.divide(this.add(up, this.negate(down)), { re: this.zero, im: new this.Decimal(2) });
  }

  cos(a: Complex): Complex {
    if (a.im.isZero()) return { re: this.#angle(a.re).cos(), im: this.zero };
    const [up, down] = [this.exp(this.multiply(this.i, a)), this.exp(this.negate(this.multiply(this.i, a)))];
    return this.divide(this.add(up, down), this.real(2));
  }
}
