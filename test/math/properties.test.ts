import { expect, test } from 'vitest';

import { digitsFor } from '../../math/value/points.ts';
import { verify } from '../../math/verify.ts';

/** Random choices, the same in every run. */
function randomness(seed: number) {
  let count = 0;
  const next = () => Number(digitsFor(`${seed}/${count++}`));
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: <T>(choices: readonly T[]): T => choices[below(choices.length)]! };
}

type Random = ReturnType<typeof randomness>;

/** An expression in LaTeX, with up to `depth` operations inside each other. Positive wherever its variables are. */
function expression(random: Random, depth: number): string {
  if (depth === 0)
    return random.pick(['x', 'y', 'a', '\\pi', 'e', '2', '3', '7', '\\frac{1}{2}', '\\frac{5}{3}', '11']);
  const [a, b] = [expression(random, depth - 1), expression(random, random.below(depth))];
  return random.pick([
    `(${a}+${b})`,
    `\\left(${a}\\right)\\left(${b}\\right)`,
    `\\frac{${a}}{${b}}`,
    `\\sqrt{${a}}`,
    `\\left(${a}\\right)^{${random.pick(['2', '3', '-1', '\\frac{3}{2}'])}}`,
    `\\left(2+\\sin\\left(${a}\\right)\\right)`,
    `\\ln\\left(2+${a}\\right)`,
    `e^{-${a}}`,
  ]);
}

/** The same expression in another form. */
function rewritten(random: Random, of: string): string {
  const other = expression(random, 1);
  return random.pick([
    `${other}+${of}-${other}`,
    `\\frac{${of}\\cdot(${other})}{${other}}`,
    `(${of})\\left(\\sin^2(${other})+\\cos^2(${other})\\right)`,
    `\\left(\\sqrt{${of}}\\right)^2`,
    `\\frac{1}{\\left(${of}\\right)^{-1}}`,
    `\\ln\\left(e^{${of}}\\right)`,
    `\\frac{1}{3}${of}+\\frac{2}{3}${of}`,
    `\\frac{(${of})^2-49x^2}{${of}-7x}-7x`,
    `2${of}-${of}`,
    `x^2+y+${of}-(y+x^2)`,
  ]);
}

/** Another expression, near or far. */
function perturbed(random: Random, of: string): string {
  return random.pick([
    `${of}+\\frac{1}{10^{${1 + random.below(20)}}}`,
    `\\frac{${1000 + random.below(1000)}001}{${10 ** 6}}${of}`,
    `-${of}`,
    `${of}+x^{${2 + random.below(5)}}`,
    `\\left(${of}\\right)^{1.0000001}`,
    `${of}\\cdot\\left(1+10^{-${10 + random.below(20)}}\\right)`,
    `${of}+\\sin x`,
  ]);
}

const SEEDS = Array.from({ length: 150 }, (_, seed) => seed);

test.each(SEEDS)('a rewritten expression is equal (seed %i)', (seed) => {
  const random = randomness(seed);
  const gold = expression(random, 1 + random.below(3));
  const given = rewritten(random, gold);
  expect({ given, ...verify(`$${gold}$`, `\\boxed{${given}}`) }).toMatchObject({ verdict: 'equal' });
});

test.each(SEEDS)('a perturbed expression is not (seed %i)', (seed) => {
  const random = randomness(seed + 1000);
  const gold = expression(random, 1 + random.below(3));
  const given = perturbed(random, gold);
  expect({ given, ...verify(`$${gold}$`, `\\boxed{${given}}`) }).toMatchObject({ verdict: 'not_equal' });
});

test.each(SEEDS.slice(0, 50))('integers and fractions equal themselves and no neighbour (seed %i)', (seed) => {
  const random = randomness(seed + 2000);
  const digits = Array.from({ length: 1 + random.below(60) }, () => random.below(10)).join('');
  const value = BigInt(`${1 + random.below(9)}${digits}`);
  const denominator = 2n + BigInt(random.below(10_000));
  expect(verify(`${value}`, `The answer is ${value.toLocaleString('en-US')}.`).verdict).toBe('equal');
  expect(verify(`${value}`, `The answer is ${value + 1n}.`).verdict).toBe('not_equal');
  expect(verify(`\\frac{${value}}{${denominator}}`, `${value * 7n}/${denominator * 7n}`).verdict).toBe('equal');
  expect(verify(`\\frac{${value}}{${denominator}}`, `${value * 7n + 1n}/${denominator * 7n}`).verdict).toBe(
    'not_equal',
  );
});
