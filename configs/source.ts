import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Document, type Node, type Pair } from 'yaml';

import { formatPath, type Finding } from '../sdk/findings.ts';
import type { ConfigProblem } from './problems.ts';

/** The text of a config, kept to say where in it something is wrong. */
export class ConfigSource {
  readonly file: string;
  private readonly document: Document;
  private readonly lines = new LineCounter();
  private readonly overridden: (readonly PropertyKey[])[] = [];

  constructor(file: string, text: string) {
    this.file = file;
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, stringKeys: true });
  }

  /** What the text itself gets wrong as YAML; `fatal` when nothing can be read from it. */
  syntax(): { readonly problems: readonly ConfigProblem[]; readonly fatal: boolean } {
    const { errors, warnings } = this.document;
    const problems = [...errors, ...warnings].map(({ code, message, pos }) => ({
      file: this.file,
      position: this.position(pos[0]),
      path: '',
      message: code === 'DUPLICATE_KEY' ? 'got the same key twice, expected each once' : `YAML: ${message}`,
    }));
    return { problems, fatal: errors.some(({ code }) => code !== 'DUPLICATE_KEY') };
  }

  /** The text as plain data. */
  value(): unknown {
    return this.document.toJS();
  }

  /** Notes that a part of the config was replaced from outside: problems there have no place in the text. */
  override(path: readonly PropertyKey[]): void {
    this.overridden.push(path);
  }

  /** Whether a part, or one that it is in, was replaced from outside. */
  isOverridden(path: readonly PropertyKey[]): boolean {
    return this.overridden.some((outer) => outer.every((key, depth) => String(path[depth]) === String(key)));
  }

  /** A finding with its place in the text. A missing value is reported where its parent begins. */
  problem({ path, atKey, message }: Finding): ConfigProblem {
    const position = this.isOverridden(path) ? null : this.position(this.offset(path, atKey));
    return { file: this.file, position, path: formatPath(path), message };
  }

  private position(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  private offset(path: readonly PropertyKey[], atKey: boolean): number {
    let node: unknown = this.document.contents;
    let offset = startOf(node) ?? 0;
    for (const [depth, key] of path.entries()) {
      const pair = isMap(node) ? node.items.find((item) => keyOf(item) === key) : undefined;
      node = pair ? pair.value : isSeq(node) ? node.items[Number(key)] : undefined;
      const atThisKey = pair !== undefined && (node === null || (atKey && depth === path.length - 1));
      const start = atThisKey ? startOf(pair.key) : startOf(node);
      if (start === undefined) break;
      offset = start;
    }
    return offset;
  }
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
