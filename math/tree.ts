/** What an answer is, once read. Numbers are exact; nothing is computed yet. */
export type Node =
  | NumberNode
  /** A variable, with its subscript and accents: `x`, `x_{1}`, `theta`, `vec{v}`. */
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'constant'; readonly name: Constant }
  | {
      readonly kind: 'add' | 'multiply';
      readonly args: readonly Node[];
      /** Written side by side: `2x`. */ readonly juxtaposed?: true;
    }
  | { readonly kind: 'negate' | 'factorial' | 'percent' | 'degree' | 'plusMinus' | 'minusPlus'; readonly arg: Node }
  | { readonly kind: 'divide' | 'power'; readonly left: Node; readonly right: Node }
  /** A function known by name, or one that is not (`f(x)`). */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  /** A sum, a product, an integral, a limit: `args` are what is summed, from, to. */
  | { readonly kind: 'bound'; readonly name: string; readonly variable: string; readonly args: readonly Node[] }
  | { readonly kind: 'unit'; readonly arg: Node; readonly unit: string }
  /** `terms[0] operators[0] terms[1] …`, as in `0 < x \le 1`. */
  | { readonly kind: 'relation'; readonly terms: readonly Node[]; readonly operators: readonly Operator[] }
  /** Separated by commas, semicolons, "and", "or", without brackets: the order says nothing. */
  | { readonly kind: 'list' | 'set' | 'tuple'; readonly args: readonly Node[]; readonly joined?: 'and' | 'or' }
  /** Two in brackets: an interval, or a tuple when both are round. */
  | { readonly kind: 'pair'; readonly left: Node; readonly right: Node; readonly closed: readonly [boolean, boolean] }
  | { readonly kind: 'union' | 'intersection' | 'setminus'; readonly left: Node; readonly right: Node }
  /** All values for which a condition holds: `\{x : x > 1\}`. */
  | { readonly kind: 'builder'; readonly condition: Node }
  | { readonly kind: 'matrix'; readonly rows: readonly (readonly Node[])[]; readonly determinant?: true }
  | { readonly kind: 'text'; readonly text: string };

export interface NumberNode {
  readonly kind: 'number';
  /** numerator / denominator, not necessarily in lowest terms. */
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** Written with decimals: known only as exactly as it is written. */
  readonly decimal: boolean;
  /** Digits with a base as subscript: `204_5`. */
  readonly base?: number;
  readonly digits: string;
}

export type Constant =
  'pi' | 'e' | 'i' | 'infinity' | 'reals' | 'integers' | 'naturals' | 'rationals' | 'complexes' | 'empty';
export type Operator = '=' | '<' | '>' | '<=' | '>=' | '!=' | 'in' | 'notin' | 'approx' | 'congruent' | 'subset';

/** An integer as a node. */
export function integer(value: number | bigint): NumberNode {
  return { kind: 'number', numerator: BigInt(value), denominator: 1n, decimal: false, digits: String(value) };
}

/** Every node directly below. */
export function childrenOf(node: Node): readonly Node[] {
  if ('args' in node) return node.args;
  if ('arg' in node) return [node.arg];
  if ('left' in node) return [node.left, node.right];
  if ('terms' in node) return node.terms;
  if ('rows' in node) return node.rows.flat();
  if ('condition' in node) return [node.condition];
  return [];
}

/** The same node over other children, in the order of `childrenOf`. */
export function withChildren(node: Node, children: readonly Node[]): Node {
  if ('args' in node) return { ...node, args: children };
  if ('arg' in node) return { ...node, arg: children[0]! };
  if ('left' in node) return { ...node, left: children[0]!, right: children[1]! };
  if ('terms' in node) return { ...node, terms: children };
  if ('condition' in node) return { ...node, condition: children[0]! };
  if (!('rows' in node)) return node;
  let next = 0;
  return { ...node, rows: node.rows.map((row) => row.map(() => children[next++]!)) };
}

/** Every node for which `test` holds, from the root down. */
export function find(node: Node, test: (node: Node) => boolean): Node | undefined {
  if (test(node)) return node;
  for (const child of childrenOf(node)) {
    const found = find(child, test);
    if (found) return found;
  }
  return undefined;
}

/** Names of the variables in it. */
export function symbolsOf(node: Node, names = new Set<string>()): Set<string> {
  if (node.kind === 'symbol') names.add(node.name);
  for (const child of childrenOf(node)) symbolsOf(child, names);
  return names;
}

/** Replaces nodes from the leaves up. */
export function mapTree(node: Node, change: (node: Node) => Node): Node {
  const children = childrenOf(node);
  return change(
    children.length === 0
      ? node
      : withChildren(
          node,
          children.map((child) => mapTree(child, change)),
        ),
  );
}

/** One text for one tree; terms of sums and products in any order give the same. */
export function keyOf(node: Node): string {
  switch (node.kind) {
    case 'number':
      return `${node.numerator}/${node.denominator}`;
    case 'symbol':
    case 'constant':
      return node.name;
    case 'text':
      return JSON.stringify(node.text);
    case 'add':
    case 'multiply':
      return `${node.kind}(${node.args.map(keyOf).sort().join(',')})`;
    case 'list':
    case 'set':
      return `set(${node.args.map(keyOf).sort().join(',')})`;
    default: {
      const head =
        'operators' in node
          ? node.operators.join()
          : 'closed' in node
            ? node.closed.join()
            : 'name' in node
              ? node.name
              : '';
      const shape = node.kind === 'matrix' ? `${node.rows.length}${node.determinant ?? ''}` : '';
      const bound = node.kind === 'bound' ? node.variable : node.kind === 'unit' ? node.unit : '';
      return `${node.kind}:${head}${shape}${bound}(${childrenOf(node).map(keyOf).join(',')})`;
    }
  }
}
