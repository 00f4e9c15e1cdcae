/** Systematic changes of a solution's text, one at a time. Some are no change in what it computes. */
export interface Mutant {
  readonly kind: 'returns' | 'comparison' | 'arithmetic' | 'constant' | 'boolean';
  readonly code: string;
}

const CHANGES: readonly (readonly [Mutant['kind'], RegExp, (found: string) => string])[] = [
  // What is returned becomes a list around it: equal to nothing that it was.
  ['returns', /\breturn\s+(?=[^;\s{])/g, () => 'return ((value) => [value, "changed"])('],
  ['comparison', / (<=|>=|<|>|===|!==|==|!=) /g, (found) => ` ${COMPARISONS[found.trim()]} `],
  ['arithmetic', / ([-+*/%]) /g, (found) => ` ${ARITHMETIC[found.trim()]} `],
  ['constant', /(?<![\w.$"'])\d+(?![\w.$"'])/g, (found) => String(Number(found) + 1)],
  ['boolean', /\b(true|false)\b/g, (found) => (found === 'true' ? 'false' : 'true')],
];

const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '>=', '>=': '<', '>': '<=', '<=': '>', '===': '!==', '!==': '===', '==': '!=', '!=': '==',
}; // prettier-ignore
const ARITHMETIC: Readonly<Record<string, string>> = { '+': '-', '-': '+', '*': '+', '/': '*', '%': '*' };

export function mutantsOf(code: string): Mutant[] {
  return CHANGES.flatMap(([kind, pattern, change]) =>
    [...code.matchAll(pattern)].flatMap((match): Mutant[] => {
      const after = code.slice(match.index + match[0].length);
      const changed = change(match[0]);
      if (kind !== 'returns') return [{ kind, code: code.slice(0, match.index) + changed + after }];
      const end = endOfStatement(after);
      return end < 0
        ? []
        : [{ kind, code: `${code.slice(0, match.index)}${changed}${after.slice(0, end)})${after.slice(end)}` }];
    }),
  );
}

/** Where a returned expression on one line ends; -1 for what goes on over several. */
function endOfStatement(text: string): number {
  const line = text.split('\n', 1)[0]!;
  const end = line.trimEnd().endsWith(';') ? line.lastIndexOf(';') : line.length;
  const expression = line.slice(0, end);
  const balanced = ['()', '[]', '{}'].every(
    ([open, close]) => expression.split(open!).length === expression.split(close!).length,
  );
  return balanced && !/[-+*/%?:&|,=(]\s*$/.test(expression) ? end : -1;
}
