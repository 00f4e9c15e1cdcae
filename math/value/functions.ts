import { Undefined, type Complex, type ComplexField, type Decimal } from './complex.ts';

type Apply = (field: ComplexField, args: readonly Complex[]) => Complex;

const two = (field: ComplexField) => field.real(2);
const inverted =
  (apply: Apply): Apply =>
  (field, args) =>
    field.divide(field.one, apply(field, args));
const ofInverse =
  (apply: Apply): Apply =>
  (field, [x]) =>
    apply(field, [field.divide(field.one, x!)]);
const sin: Apply = (field, [x]) => field.sin(x!);
const cos: Apply = (field, [x]) => field.cos(x!);
const tan: Apply = (field, [x]) => field.divide(field.sin(x!), field.cos(x!));
const sinh: Apply = (field, [x]) =>
  field.divide(field.add(field.exp(x!), field.negate(field.exp(field.negate(x!)))), two(field));
const cosh: Apply = (field, [x]) => field.divide(field.add(field.exp(x!), field.exp(field.negate(x!))), two(field));
const tanh: Apply = (field, args) => field.divide(sinh(field, args), cosh(field, args));

/** Inverse functions, real inside their domain and without a value outside: answers stay in it. */
function realInside(isInside: (x: Decimal) => boolean, apply: (x: Decimal) => Decimal): Apply {
  return (field, [x]) => {
    if (!x!.im.isZero() || !isInside(x!.re)) throw new Undefined('an inverse function outside its domain');
    return { re: apply(x!.re), im: field.zero };
  };
}

const asin = realInside(
  (x) => x.abs().lte(1),
  (x) => x.asin(),
);
const acos = realInside(
  (x) => x.abs().lte(1),
  (x) => x.acos(),
);
const atan = realInside(
  () => true,
  (x) => x.atan(),
);
const asinh = realInside(
  () => true,
  (x) => x.asinh(),
);
const acosh = realInside(
  (x) => x.gte(1),
  (x) => x.acosh(),
);
const atanh = realInside(
  (x) => x.abs().lt(1),
  (x) => x.atanh(),
);

function reals(name: string, apply: (values: readonly Decimal[], field: ComplexField) => Decimal): Apply {
  return (field, args) => {
    if (args.some(({ im }) => !im.isZero())) throw new Undefined(`${name} of a complex number`);
    return {
      re: apply(
        args.map(({ re }) => re),
        field,
      ),
      im: field.zero,
    };
  };
}

/** A logarithm to a base, which comes second; `log` alone is to base 10, `ln` to e. */
function logarithm(fallback: (field: ComplexField) => Complex | undefined): Apply {
  return (field, [x, base = fallback(field)]) => (base ? field.divide(field.log(x!), field.log(base)) : field.log(x!));
}

function gcd(values: readonly Decimal[]): Decimal {
  return values.reduce((a, b) => {
    if (!a.isInteger() || !b.isInteger()) throw new Undefined('a divisor of what is not whole');
    for (let step = 0; !b.isZero() && step < 2000; step++) [a, b] = [b, a.mod(b)];
    return a.abs();
  });
}

/** n! for whole n, and Γ nowhere else. */
export const factorial = reals('a factorial', ([n], field) => {
  if (!n!.isInteger() || n!.isNegative() || n!.gt(1500)) throw new Undefined('a factorial that is not written out');
  let product = new field.Decimal(1);
  for (let factor = 2; factor <= n!.toNumber(); factor++) product = product.times(factor);
  return product;
});

const binomial = reals('a binomial', ([n, k], field) => {
  if (!k!.isInteger() || k!.isNegative() || k!.gt(1500)) throw new Undefined('a binomial that is not written out');
  let product = new field.Decimal(1);
  for (let step = 0; step < k!.toNumber(); step++) product = product.times(n!.minus(step)).div(step + 1);
  return product;
});

/** Functions by name, of complex numbers where that has a meaning. A map: names come from a model. */
export const NUMERIC_FUNCTIONS = new Map<string, Apply>(
  Object.entries({
    sin,
    cos,
    tan,
    sinh,
    cosh,
    tanh,
    asin,
    acos,
    atan,
    asinh,
    acosh,
    atanh,
    binomial,
    cot: inverted(tan),
    sec: inverted(cos),
    csc: inverted(sin),
    coth: inverted(tanh),
    acot: ofInverse(atan),
    asec: ofInverse(acos),
    acsc: ofInverse(asin),
    acoth: ofInverse(atanh),
    exp: (field, [x]) => field.exp(x!),
    ln: logarithm(() => undefined),
    log: logarithm((field) => field.real(10)),
    lg: logarithm((field) => field.real(10)),
    sqrt: (field, [x]) => field.sqrt(x!),
    abs: (field, [x]) => ({ re: field.abs(x!), im: field.zero }),
    Re: (field, [x]) => ({ re: x!.re, im: field.zero }),
    Im: (field, [x]) => ({ re: x!.im, im: field.zero }),
    floor: reals('floor', ([x]) => x!.floor()),
    ceil: reals('ceil', ([x]) => x!.ceil()),
    sgn: reals('sign', ([x], field) => new field.Decimal(x!.isZero() ? 0 : x!.isNegative() ? -1 : 1)),
    max: reals('max', (values) => values.reduce((a, b) => (a.gt(b) ? a : b))),
    min: reals('min', (values) => values.reduce((a, b) => (a.lt(b) ? a : b))),
    gcd: reals('gcd', gcd),
    lcm: reals('lcm', (values) =>
      values.reduce((a, b) =>
        a
          .times(b)
          .abs()
          .div(gcd([a, b])),
      ),
    ),
    mod: reals('mod', ([a, b]) => a!.minus(a!.div(b!).floor().times(b!))),
  } satisfies Record<string, Apply>),
);
