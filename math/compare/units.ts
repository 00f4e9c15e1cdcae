import { type Node } from '../tree.ts';

/** Size of one unit in the first of its row, as numerator and denominator. */
const DIMENSIONS: readonly Readonly<Record<string, readonly [number, number]>>[] = [
  {
    m: [1, 1],
    mm: [1, 1000],
    cm: [1, 100],
    dm: [1, 10],
    km: [1000, 1],
    in: [254, 10_000],
    ft: [3048, 10_000],
    yd: [9144, 10_000],
    mi: [1_609_344, 1000],
  },
  { g: [1, 1], mg: [1, 1000], kg: [1000, 1] },
  { s: [1, 1], min: [60, 1], h: [3600, 1], day: [86_400, 1], week: [604_800, 1] },
  { cent: [1, 1], dollar: [100, 1] },
];

const NAMES = new Map(
  Object.entries({
    meter: 'm',
    metre: 'm',
    millimeter: 'mm',
    centimeter: 'cm',
    decimeter: 'dm',
    kilometer: 'km',
    centimetre: 'cm',
    kilometre: 'km',
    inch: 'in',
    inche: 'in',
    foot: 'ft',
    feet: 'ft',
    yard: 'yd',
    mile: 'mi',
    gram: 'g',
    kilogram: 'kg',
    milligram: 'mg',
    sec: 's',
    second: 's',
    minute: 'min',
    hour: 'h',
    hr: 'h',
  }),
);

/**
 * What to multiply a number in one unit with for its value in another; undefined when one of them is not known here (then units say
 * nothing), `incompatible` for a length and a time, or for lengths to different powers.
 */
export function conversion(from: string, to: string): Node | 'incompatible' | undefined {
  const [source, target] = [from, to].map(parseUnit);
  if (!source || !target) return undefined;
  if (source.dimension !== target.dimension || source.power !== target.power) return 'incompatible';
  const power = BigInt(source.power);
  const [numerator, denominator] = [source.size[0] * target.size[1], source.size[1] * target.size[0]].map(
    (part) => BigInt(part) ** power,
  );
  return { kind: 'number', numerator: numerator!, denominator: denominator!, decimal: false, digits: '' };
}

function parseUnit(text: string) {
  const match = /^(square |sq |cubic |cu )?([a-z]+?)\.?(?: ?\^ ?([23]))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, prefix, written = '', exponent] = match;
  const singular = written.length > 2 ? written.replace(/s$/, '') : written;
  const name = NAMES.get(singular) ?? singular;
  const dimension = DIMENSIONS.findIndex((units) => Object.hasOwn(units, name));
  if (dimension < 0) return undefined;
  const power = exponent ? Number(exponent) : prefix?.startsWith('sq') ? 2 : prefix ? 3 : 1;
  return { dimension, power, size: DIMENSIONS[dimension]![name]! };
}
