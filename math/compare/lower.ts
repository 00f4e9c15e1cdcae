import { childrenOf, find, integer, mapTree, type Node } from '../tree.ts';

/**
 * The same answer with fewer kinds of node: ± written out as two answers, matrices added and multiplied, degrees dropped (but not inside
 * a sine), differences of sets told from differences of numbers.
 */
export function lower(node: Node): Node {
  const lowered = mapTree(withoutDegrees(node), (child) => lowerSets(multiplyMatrices(expandInside(child))));
  const variants = expandSigns(lowered);
  return variants.length === 1 ? variants[0]! : { kind: 'list', args: variants };
}

function withoutDegrees(node: Node): Node {
  if (node.kind === 'degree') return withoutDegrees(node.arg);
  if (node.kind === 'call' && /^(?:sin|cos|tan|cot|sec|csc)$/.test(node.name)) return node;
  const children = childrenOf(node);
  if (children.length === 0 || !find(node, ({ kind }) => kind === 'degree')) return node;
  let next = 0;
  const changed = children.map(withoutDegrees);
  return mapTopLevel(node, () => changed[next++]!);
}

function mapTopLevel(node: Node, change: () => Node): Node {
  if ('args' in node) return { ...node, args: node.args.map(change) };
  if ('arg' in node) return { ...node, arg: change() };
  if ('left' in node) return { ...node, left: change(), right: change() };
  if ('terms' in node) return { ...node, terms: node.terms.map(change) };
  if ('rows' in node) return { ...node, rows: node.rows.map((row) => row.map(change)) };
  return 'condition' in node ? { ...node, condition: change() } : node;
}

const isSign = ({ kind }: Node) => kind === 'plusMinus' || kind === 'minusPlus';

function expandInside(node: Node): Node {
  return node.kind === 'list' || node.kind === 'set' ? { ...node, args: node.args.flatMap(expandSigns) } : node;
}

/** Two answers for one with ±: all upper signs, all lower signs. */
function expandSigns(node: Node): Node[] {
  if (node.kind === 'list' || node.kind === 'set' || !find(node, isSign)) return [node];
  return [true, false].map((upper) =>
    mapTree(node, (child) => {
      if (child.kind === 'plusMinus') return upper ? child.arg : { kind: 'negate', arg: child.arg };
      if (child.kind === 'minusPlus') return upper ? { kind: 'negate', arg: child.arg } : child.arg;
      return child;
    }),
  );
}

const SETS = new Set(['set', 'union', 'intersection', 'setminus', 'pair', 'builder']);
const isSet = (node: Node) =>
  SETS.has(node.kind) ||
  (node.kind === 'constant' && /^(?:reals|integers|naturals|rationals|complexes)$/.test(node.name));

function lowerSets(node: Node): Node {
  if (node.kind !== 'add' || node.args.length !== 2) return node;
  const [left, right] = node.args as [Node, Node];
  return right.kind === 'negate' && isSet(left) && isSet(right.arg)
    ? { kind: 'setminus', left, right: right.arg }
    : node;
}

type Matrix = Node & { kind: 'matrix' };

/** Sums and products of matrices, as one matrix of expressions. */
function multiplyMatrices(node: Node): Node {
  const isMatrix = (child: Node): child is Matrix => child.kind === 'matrix' && !child.determinant;
  if (node.kind === 'negate' && isMatrix(node.arg))
    return mapCells(node.arg, (cell) => ({ kind: 'negate', arg: cell }));
  if (node.kind === 'divide' && isMatrix(node.left))
    return mapCells(node.left, (cell) => ({ kind: 'divide', left: cell, right: node.right }));
  if (
    node.kind === 'power' &&
    isMatrix(node.left) &&
    node.right.kind === 'symbol' &&
    /^(?:T|t|top)$/.test(node.right.name)
  ) {
    const { rows } = node.left;
    return { kind: 'matrix', rows: rows[0]!.map((_, column) => rows.map((row) => row[column] ?? integer(0))) };
  }
  if ((node.kind !== 'add' && node.kind !== 'multiply') || !node.args.some(isMatrix)) return node;
  let total: Node | undefined;
  for (const arg of node.args) {
    total = total === undefined ? arg : node.kind === 'add' ? added(total, arg) : multiplied(total, arg);
    if (!total) return node;
  }
  return total!;
}

function mapCells(matrix: Matrix, change: (cell: Node, row: number, column: number) => Node): Matrix {
  return { kind: 'matrix', rows: matrix.rows.map((row, i) => row.map((cell, j) => change(cell, i, j))) };
}

function added(left: Node, right: Node): Node | undefined {
  if (left.kind !== 'matrix' || right.kind !== 'matrix' || left.rows.length !== right.rows.length) return undefined;
  if (left.rows.some((row, i) => row.length !== right.rows[i]!.length)) return undefined;
  return mapCells(left, (cell, i, j) => ({ kind: 'add', args: [cell, right.rows[i]![j]!] }));
}

function multiplied(left: Node, right: Node): Node | undefined {
  if (left.kind !== 'matrix' || right.kind !== 'matrix') {
    const [matrix, factor] = left.kind === 'matrix' ? [left, right] : [right, left];
    if (matrix.kind !== 'matrix') return { kind: 'multiply', args: [left, right] };
    return mapCells(matrix, (cell) => ({ kind: 'multiply', args: [factor, cell] }));
  }
  const inner = right.rows.length;
  const width = right.rows[0]!.length;
  if (left.rows.length * width * inner > 1000) return undefined;
  if (left.rows.some((row) => row.length !== inner) || right.rows.some((row) => row.length !== width)) return undefined;
  return {
    kind: 'matrix',
    rows: left.rows.map((row) =>
      Array.from({ length: width }, (_, j): Node => ({
        kind: 'add',
        args: row.map((cell, k) => ({ kind: 'multiply', args: [cell, right.rows[k]![j]!] })),
      })),
    ),
  };
}
