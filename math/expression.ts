import { parse, type MathNode } from 'mathjs/number';

/** An expression of real numbers: a function of its variables. */
export interface Expression {
  readonly variables: readonly string[];
  /** NaN or infinite where it has no value. */
  valueAt(variables: Readonly<Record<string, number>>): number;
}

/** Longest expression that is looked at; answers are short, and parsers recurse. */
const LONGEST = 300;

// Maps, because a name comes from a model: an object would answer to "constructor" as well.
const FUNCTIONS = new Map<string, (x: number) => number>([
  ['sqrt', Math.sqrt],
  ['abs', Math.abs],
  ['sin', Math.sin],
  ['cos', Math.cos],
  ['tan', Math.tan],
  ['exp', Math.exp],
  ['ln', Math.log],
  ['log', Math.log],
]);

const OPERATORS = new Map<string, (a: number, b: number) => number>([
  ['add', (a, b) => a + b],
  ['subtract', (a, b) => a - b],
  ['multiply', (a, b) => a * b],
  ['divide', (a, b) => a / b],
  ['pow', realPower],
]);

/** A negative base has odd roots: (−8)^(1/3) is −2, as a school would have it. */
function realPower(base: number, exponent: number): number {
  const inverse = 1 / exponent;
  if (
    base < 0 &&
    !Number.isInteger(exponent) &&
    Math.abs(inverse - Math.round(inverse)) < 1e-9 &&
    Math.round(inverse) % 2
  )
    return -((-base) ** exponent);
  return base ** exponent;
}

/**
 * Reads an expression of numbers, one- or two-letter products of variables, `+ - * / ^`, and a few functions.
 *
 * mathjs only parses; the tree is then walked here, so nothing a model writes is ever executed or can run long.
 *
 * @returns null for anything else.
 */
export function parseExpression(text: string): Expression | null {
  if (text.length > LONGEST || text.trim() === '') return null;
  try {
    const variables = new Set<string>();
    const evaluate = compile(parse(text), variables);
    return { variables: [...variables].sort(), valueAt: evaluate };
  } catch {
    return null; // a syntax error, or something that is no expression of numbers
  }
}

type Evaluate = (variables: Readonly<Record<string, number>>) => number;

function compile(node: MathNode, variables: Set<string>): Evaluate {
  if (is(node, 'ParenthesisNode')) return compile(node.content, variables);
  if (is(node, 'ConstantNode') && typeof node.value === 'number') {
    const { value } = node;
    return () => value;
  }
  if (is(node, 'SymbolNode')) return compileSymbol(node.name, variables);
  if (is(node, 'FunctionNode')) {
    const apply = FUNCTIONS.get(node.fn.name ?? '');
    const [argument, ...others] = node.args.map((arg) => compile(arg, variables));
    if (!apply || !argument || others.length > 0) throw new SyntaxError(`no function ${node.fn.name}`);
    return (scope) => apply(argument(scope));
  }
  if (is(node, 'OperatorNode')) {
    const [a, b] = node.args.map((arg) => compile(arg, variables));
    if (node.fn === 'unaryMinus') return (scope) => -a!(scope);
    if (node.fn === 'unaryPlus') return a!;
    const apply = OPERATORS.get(node.fn);
    if (!apply || !a || !b) throw new SyntaxError(`no operator ${node.fn}`);
    return (scope) => apply(a(scope), b(scope));
  }
  throw new SyntaxError(`no ${node.type} in an expression`);
}

/** `pi`, or a product of letters: `xy` is x times y. Longer words are words. */
function compileSymbol(name: string, variables: Set<string>): Evaluate {
  if (name === 'pi') return () => Math.PI;
  if (!/^[a-zA-Z]{1,2}$/.test(name)) throw new SyntaxError(`no variable ${name}`);
  const letters = [...name];
  letters.forEach((letter) => variables.add(letter));
  return (scope) => letters.reduce((product, letter) => product * (scope[letter] ?? NaN), 1);
}

interface NodeTypes {
  ParenthesisNode: MathNode & { content: MathNode };
  ConstantNode: MathNode & { value: unknown };
  SymbolNode: MathNode & { name: string };
  FunctionNode: MathNode & { fn: { name?: string }; args: MathNode[] };
  OperatorNode: MathNode & { fn: string; args: MathNode[] };
}

function is<T extends keyof NodeTypes>(node: MathNode, type: T): node is NodeTypes[T] {
  return node.type === type;
}
