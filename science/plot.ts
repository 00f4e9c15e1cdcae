/** A line, or points, in the plane; with intervals where the third and fourth numbers are given. */
export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number, low?: number, high?: number])[];
  /** Default: a line with a dot at each point. */
  readonly style?: 'line' | 'points' | 'dashed';
  /** Series of one colour belong together; default: each has its own. */
  readonly colour?: number;
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

const WIDTH = 760;
const HEIGHT = 460;
const BOX = { left: 64, right: 540, top: 40, bottom: 410 };
/** Colours that colour-blind people can tell apart (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#999999'];

type Scale = (value: number) => number;

/** Draws a plot as SVG text. The same plot gives the same bytes. */
export function drawPlot({ title, xLabel, yLabel, series }: Plot): string {
  const xs = extent(series.flatMap(({ points }) => points.map(([x]) => x)));
  const ys = extent(series.flatMap(({ points }) => points.flatMap(([, y, low = y, high = y]) => [y, low, high])));
  const x = scaleOf(xs, BOX.left, BOX.right);
  const y = scaleOf(ys, BOX.bottom, BOX.top);
  const centre = (BOX.left + BOX.right) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(centre, 22, title, 'text-anchor="middle" font-size="15"'),
    ...axes(xs, ys, x, y),
    text(centre, HEIGHT - 12, xLabel, 'text-anchor="middle"'),
    text(
      16,
      (BOX.top + BOX.bottom) / 2,
      yLabel,
      `text-anchor="middle" transform="rotate(-90 16 ${(BOX.top + BOX.bottom) / 2})"`,
    ),
    ...series.flatMap((one, i) => drawSeries(one, i, x, y)),
    '</svg>',
    '',
  ].join('\n');
}

function drawSeries({ label, points, style = 'line', colour: group }: Series, index: number, x: Scale, y: Scale) {
  const colour = COLOURS[(group ?? index) % COLOURS.length]!;
  const at = points.map(([px, py]) => `${place(x(px))},${place(y(py))}`);
  const line =
    style === 'points'
      ? []
      : [
          `<polyline points="${at.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.6"${style === 'dashed' ? ' stroke-dasharray="6 4"' : ''}/>`,
        ];
  const bars = points.flatMap(([px, , low, high]) =>
    low === undefined || high === undefined
      ? []
      : [segment(x(px), y(low), x(px), y(high), `stroke="${colour}" opacity="0.6"`)],
  );
  const dots =
    style === 'dashed' || points.length > 60
      ? []
      : points.map(([px, py]) => `<circle cx="${place(x(px))}" cy="${place(y(py))}" r="2.6" fill="${colour}"/>`);
  const row = BOX.top + 10 + 18 * index;
  const legend = [
    segment(
      BOX.right + 14,
      row,
      BOX.right + 36,
      row,
      `stroke="${colour}" stroke-width="2"${style === 'dashed' ? ' stroke-dasharray="6 4"' : ''}`,
    ),
    text(BOX.right + 42, row + 4, label),
  ];
  return [...line, ...bars, ...dots, ...legend];
}

function axes(xs: Extent, ys: Extent, x: Scale, y: Scale): string[] {
  const grid = 'stroke="#dddddd"';
  return [
    ...ticks(xs).flatMap((value) => [
      segment(x(value), BOX.top, x(value), BOX.bottom, grid),
      text(x(value), BOX.bottom + 16, label(value), 'text-anchor="middle"'),
    ]),
    ...ticks(ys).flatMap((value) => [
      segment(BOX.left, y(value), BOX.right, y(value), grid),
      text(BOX.left - 6, y(value) + 4, label(value), 'text-anchor="end"'),
    ]),
    `<rect x="${BOX.left}" y="${BOX.top}" width="${BOX.right - BOX.left}" height="${BOX.bottom - BOX.top}" fill="none" stroke="black"/>`,
  ];
}

type Extent = readonly [low: number, high: number];

/** @throws RangeError for numbers that cannot be drawn. */
function extent(values: readonly number[]): Extent {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new RangeError('drawPlot: got no points, or some that are not finite; leave those out');
  }
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const margin = high > low ? 0.04 * (high - low) : 1;
  return [low - margin, high + margin];
}

function scaleOf([low, high]: Extent, from: number, to: number): Scale {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** Round numbers within an extent, five or so. */
function ticks([low, high]: Extent): number[] {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw)!;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

const label = (value: number) => String(Number(value.toPrecision(6)));
const place = (value: number) => value.toFixed(1);
const escape = (value: string) => value.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const text = (x: number, y: number, value: string, more = '') =>
  `<text x="${place(x)}" y="${place(y)}" ${more}>${escape(value)}</text>`;
const segment = (x1: number, y1: number, x2: number, y2: number, more: string) =>
  `<line x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}" ${more}/>`;
