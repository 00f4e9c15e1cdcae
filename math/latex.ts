/** Superscripts and signs that stand for operations. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/[−–]/g, '-'],
  [/[×·⋅]|\\times|\\cdot|\\ast/g, '*'],
  [/÷|\\div/g, '/'],
  [/\*\*/g, '^'],
  [/²/g, '^2'],
  [/³/g, '^3'],
  [/π|\\pi(?![a-zA-Z])/g, ' pi '],
  [/√/g, '\\sqrt'],
];

/** What says how an answer looks, or in which unit it is, and not what it is worth. */
const DECORATION: readonly (readonly [RegExp, string])[] = [
  [/\\(?:left|right|displaystyle|limits)(?![a-zA-Z])/g, ''],
  [/\{,\}(?=\d{3})|,\\!\s*(?=\d{3})/g, ','],
  [/\\[,;:!> ]|~|\\q?quad(?![a-zA-Z])/g, ' '],
  [/\\(?:text|textnormal|mathrm|textbf|mbox)\s*\{[^{}]*\}\s*$/, ''],
  [/\^\s*\{?\s*\\circ\s*\}?|\\degree|°/g, ''],
  [/\\?%|\\?\$|€|£/g, ''],
  [/\\(?:lbrace|\{)/g, '{'],
  [/\\(?:rbrace|\})/g, '}'],
];

/**
 * An answer as written, in LaTeX, Python or plain, as an expression with `+ - * / ^ ( )`, names and calls.
 *
 * Covers what answers to school problems are made of: fractions, roots, powers, products without a sign, mixed numbers
 * (`1\frac{1}{2}`), thousands separators. Anything else is left as it is, for the parser to refuse.
 */
export function latexToExpression(latex: string): string {
  let text = latex;
  for (const [pattern, replacement] of [...DECORATION, ...SIGNS]) text = text.replace(pattern, replacement);
  // A lone name before the equals sign is what the answer is called: "x = 5".
  text = text.replace(/^\s*[a-zA-Z](?:\([a-zA-Z]\))?\s*=(?!=)/, '');
  text = text.replace(/\\[dtc]frac/g, '\\frac').replace(/(\d)\s*(?=\\frac)/g, '$1+');
  text = expandCommand(text, '\\frac', 2, (over, under) => `((${over})/(${under}))`);
  text = expandRoots(text);
  text = text.replace(/(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])/g, (number) => number.replaceAll(',', ''));
  return text
    .replace(/\\(sin|cos|tan|ln|log|exp)(?![a-zA-Z])/g, '$1')
    .replace(/\{/g, '(')
    .replace(/\}/g, ')')
    .trim();
}

function expandRoots(text: string): string {
  const degree = /\\sqrt\s*\[([^[\]]*)\]/;
  let expanded = text;
  for (let match = degree.exec(expanded); match; match = degree.exec(expanded)) {
    const [whole, n = ''] = match;
    const rest = expanded.slice(match.index + whole.length);
    const [radicand, length] = readArgument(rest);
    expanded = `${expanded.slice(0, match.index)}((${radicand})^(1/(${n})))${rest.slice(length)}`;
  }
  return expandCommand(expanded, '\\sqrt', 1, (radicand) => `sqrt(${radicand})`);
}

/** Replaces a command and its arguments, from the innermost on the right to the outermost on the left. */
function expandCommand(text: string, command: string, count: number, write: (...args: string[]) => string): string {
  let expanded = text;
  for (let at = expanded.lastIndexOf(command); at >= 0; at = expanded.lastIndexOf(command)) {
    let rest = expanded.slice(at + command.length);
    const args = Array.from({ length: count }, () => {
      const [argument, length] = readArgument(rest);
      rest = rest.slice(length);
      return argument;
    });
    expanded = expanded.slice(0, at) + write(...args) + rest;
  }
  return expanded;
}

/** What a command applies to: a group in braces or brackets, or the next digit or letter; and how long that is. */
function readArgument(text: string): [argument: string, length: number] {
  const start = text.search(/\S/);
  if (start < 0) return ['', text.length];
  const [open, close] = [text[start]!, { '{': '}', '(': ')' }[text[start]!]];
  if (close === undefined) {
    const name = /^(?:pi|sqrt\([^()]*\))/.exec(text.slice(start))?.[0] ?? open;
    return [name, start + name.length];
  }
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === open) depth++;
    if (text[i] === close && --depth === 0) return [text.slice(start + 1, i), i + 1];
  }
  return [text.slice(start + 1), text.length];
}
