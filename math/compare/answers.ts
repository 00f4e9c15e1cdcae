import { childrenOf, keyOf, mapTree, symbolsOf, type Node } from '../tree.ts';
import { isCollection, sameCollection } from './collections.ts';
import type { Context } from './context.ts';
import { lower } from './lower.ts';
import { isSolutionSet } from './real-sets.ts';
import { isExpression, sameRelation, type Relation } from './relations.ts';
import { sameScalar } from './scalars.ts';
import { isName, nameOf } from './text.ts';

/** Whether an answer given is the right one. What the right answer looks like decides what the other is taken for. */
export function sameAnswer(gold: Node, given: Node, context: Context): boolean {
  const [expected, found] = foldCase(lower(gold), lower(given));
  if (sameNode(expected, found, context)) return true;
  const renamed = context.strict ? undefined : renameVariables(found, expected);
  return renamed !== undefined && sameNode(expected, renamed, context);
}

function sameNode(gold: Node, given: Node, context: Context): boolean {
  context.budget.spend(100);
  const [expected, found] = unwrap(gold, given);
  if (keyOf(expected) === keyOf(found)) return true;
  if (expected.kind === 'relation' && found.kind === 'relation')
    return sameRelation(expected, found, sameNode, context);
  const solution = sameAsSolution(expected, found, context);
  if (solution !== undefined) return solution;
  if (isCollection(expected) || isCollection(found)) return sameCollection(expected, found, sameNode, context);
  if (expected.kind === 'matrix' || found.kind === 'matrix') return sameMatrix(expected, found, context);
  if (isName(expected) || isName(found)) {
    const name = nameOf(expected);
    if (name !== undefined && name !== '' && name === nameOf(found)) return true;
  }
  if (!isExpression(expected) || !isExpression(found)) return false;
  return sameScalar(expected, found, context);
}

/** A relation as the right answer may be given as its solution set; the other way round only when the options allow it. */
function sameAsSolution(gold: Node, given: Node, context: Context): boolean | undefined {
  const [relation, set] = relationsOf(gold) ? [gold, given] : [given, gold];
  const relations = relationsOf(relation);
  if (!relations || relationsOf(set) || !(isCollection(set) || set.kind === 'builder')) return undefined;
  if (relation === given && !context.allowSetRelation && given.kind !== 'builder') return undefined;
  const any = relation.kind === 'list' && relation.joined !== 'and';
  return isSolutionSet(set, relations, any, context) || undefined;
}

function relationsOf(node: Node): Relation[] | undefined {
  if (node.kind === 'builder') return relationsOf(node.condition);
  if (node.kind === 'relation') return isAssignment(node) ? undefined : [node];
  if (node.kind !== 'list') return undefined;
  const relations = node.args.map((arg) => (arg.kind === 'relation' && !isEquation(arg) ? arg : undefined));
  return relations.every((relation) => relation !== undefined) ? relations : undefined;
}

function sameMatrix(gold: Node, given: Node, context: Context): boolean {
  if (gold.kind !== 'matrix' || given.kind !== 'matrix' || gold.determinant !== given.determinant) return false;
  const [a, b] = [gold.rows, given.rows];
  if (a.length !== b.length || a.some((row, i) => row.length !== b[i]!.length)) return false;
  return a.every((row, i) => row.every((cell, j) => sameNode(cell, b[i]![j]!, context)));
}

const isEquation = (node: Node): node is Relation =>
  node.kind === 'relation' && node.operators.every((operator) => operator === '=' || operator === 'in');
const isAssignment = (node: Node): node is Relation => isEquation(node) && isOnlyNames(node.terms[0]!);

/** x, f(x), A/S, (p, q): what an answer is called. */
function isOnlyNames(node: Node): boolean {
  if (node.kind === 'symbol' || node.kind === 'text') return true;
  if (node.kind === 'call')
    return /^(?:[a-zA-Z](?:_.*)?'*(?:\^-1)?|abs|min|max|sin|cos|tan|log|ln|deg|det|arg)$/.test(node.name);
  if (node.kind === 'constant') return node.name === 'e' || node.name === 'i';
  const children = childrenOf(node);
  return children.length > 0 && !/^(?:power|negate|relation|matrix)$/.test(node.kind) && children.every(isOnlyNames);
}

/**
 * What an answer is called is dropped when only one of the two says it: `x = 5` is 5. Chains end with their value. An equation
 * between expressions stays one: `7 = 11a + c` is not `11a + c`.
 */
function unwrap(gold: Node, given: Node): [Node, Node] {
  const [expected, found] = [gold, given].map((node) => (isAssignment(node) ? shortened(node) : node)) as [Node, Node];
  if (isEquation(found) && !isEquation(expected)) return [expected, found.terms.at(-1)!];
  if (isAssignment(expected) && !isEquation(found)) return [expected.terms.at(-1)!, found];
  if (isAssignment(expected) && isAssignment(found)) return [expected, withItsArgument(found, expected)];
  return [expected, found];
}

function shortened({ terms }: Relation): Relation {
  return { kind: 'relation', terms: [terms[0]!, terms.at(-1)!], operators: ['='] };
}

/** f(t) = t² says the same as f(x) = x². */
function withItsArgument(found: Relation, like: Relation): Relation {
  const [own, other] = [found.terms[0]!, like.terms[0]!].map((term) =>
    term.kind === 'call' && term.args.length === 1 ? term.args[0]! : undefined,
  );
  if (own?.kind !== 'symbol' || other?.kind !== 'symbol' || own.name === other.name || symbolsOf(found).has(other.name))
    return found;
  return mapTree(found, (node) => (node.kind === 'symbol' && node.name === own.name ? other : node)) as Relation;
}

/** Capital and small letters are the same unless one answer uses both: R and r may be two radii. */
function foldCase(gold: Node, given: Node): [Node, Node] {
  const usesBoth = [gold, given].some((node) => {
    const names = symbolsOf(node);
    return [...names].some((name) => name !== name.toLowerCase() && names.has(name.toLowerCase()));
  });
  if (usesBoth) return [gold, given];
  const fold = (node: Node) => mapTree(node, (child) => (child.kind === 'symbol' ? lowerCase(child) : child));
  return [fold(gold), fold(given)];
}

function lowerCase(symbol: Node & { name: string }): Node {
  const name = symbol.name.toLowerCase();
  return name === 'e' ? { kind: 'constant', name } : { kind: 'symbol', name };
}

/** Variables by position: where names do not matter, the first of one is the first of the other. */
function renameVariables(node: Node, like: Node): Node | undefined {
  const [own, other] = [[...symbolsOf(node)], [...symbolsOf(like)]];
  if (own.length !== other.length) return undefined;
  return mapTree(node, (child) =>
    child.kind === 'symbol' ? { kind: 'symbol', name: other[own.indexOf(child.name)]! } : child,
  );
}
