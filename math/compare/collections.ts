import { keyOf, type Node } from '../tree.ts';
import type { Context } from './context.ts';
import { sameRealSet } from './real-sets.ts';

type Same = (gold: Node, given: Node, context: Context) => boolean;

/** Whether an answer is a set, a tuple, an interval, a list of several. */
export function isCollection(node: Node): boolean {
  if (node.kind === 'constant') return /^(?:reals|integers|naturals|rationals|complexes|empty)$/.test(node.name);
  return /^(?:list|set|tuple|pair|union|intersection|setminus)$/.test(node.kind);
}

const isUnordered = ({ kind }: Node) => kind === 'list' || kind === 'set';

/**
 * Whether two collections are the same: sets and lists in any order, tuples in theirs, intervals with their ends, unions by what they
 * hold. `(1, 2)` may be an interval or a point, so it also equals the list `1, 2`. One thing is a set of one.
 */
export function sameCollection(gold: Node, given: Node, same: Same, context: Context): boolean {
  const [left, right] = [withoutDuplicates(gold, same, context), withoutDuplicates(given, same, context)];
  if (left.kind === 'pair' && right.kind === 'pair') {
    const isSame = left.closed[0] === right.closed[0] && left.closed[1] === right.closed[1];
    return isSame && same(left.left, right.left, context) && same(left.right, right.right, context);
  }
  const [expected, found] = [elementsOf(left), elementsOf(right)];
  if (expected && found) {
    if (expected.length !== found.length) return false;
    // A tuple as the right answer wants its order, also from a list; a set takes any.
    return isUnordered(left)
      ? sameInAnyOrder(expected, found, same, context)
      : expected.every((element, at) => same(element, found[at]!, context));
  }
  return sameRealSet(left, right, context) ?? false;
}

function elementsOf(node: Node): readonly Node[] | undefined {
  if (node.kind === 'list' || node.kind === 'set' || node.kind === 'tuple') return node.args;
  if (node.kind === 'pair') return node.closed[0] || node.closed[1] ? undefined : [node.left, node.right];
  return isCollection(node) ? undefined : [node];
}

/** Each expected element with one of those found, none twice. Those written the same first: long lists cost little. */
export function sameInAnyOrder(
  expected: readonly Node[],
  found: readonly Node[],
  same: Same,
  context: Context,
): boolean {
  const byKey = Map.groupBy(found, keyOf);
  const rest = expected.filter((element) => byKey.get(keyOf(element))?.pop() === undefined);
  const left = [...byKey.values()].flat();
  return rest.every((element) => {
    const at = left.findIndex((other) => same(element, other, context));
    if (at < 0) return false;
    left.splice(at, 1);
    return true;
  });
}

/** More elements than this are only looked through for those written the same. */
const MOST_COMPARED = 40;

function withoutDuplicates(node: Node, same: Same, context: Context): Node {
  if (node.kind !== 'set' && node.kind !== 'list') return node;
  const args: Node[] = [];
  for (const element of new Map(node.args.map((arg) => [keyOf(arg), arg])).values()) {
    const isKnown = node.args.length <= MOST_COMPARED && args.some((other) => same(other, element, context));
    if (!isKnown) args.push(element);
  }
  return { ...node, args };
}
