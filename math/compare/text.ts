import type { Node } from '../tree.ts';

/** The name that an answer is, when it is one: words, a letter, letters side by side (`odd` in mathematics is o·d·d). */
export function nameOf(node: Node): string | undefined {
  switch (node.kind) {
    case 'text':
      return plain(node.text);
    case 'symbol':
      return plain(node.name);
    case 'constant':
      return node.name === 'e' || node.name === 'i' ? node.name : undefined;
    case 'unit': {
      const name = nameOf(node.arg);
      return name === undefined ? undefined : name + plain(node.unit);
    }
    case 'multiply': {
      const names = node.juxtaposed ? node.args.map(nameOf) : [undefined];
      return names.every((name) => name !== undefined) ? names.join('') : undefined;
    }
    default:
      return undefined;
  }
}

/** Words without case, spaces, brackets and punctuation. */
export function plain(text: string): string {
  return text.toLowerCase().replace(/\\[a-z]+|[^\p{L}\p{N}:'+-]/gu, '');
}

/** Whether an answer is a name and nothing that could be computed with. */
export function isName(node: Node): boolean {
  return node.kind === 'text' || node.kind === 'symbol';
}
