import type { Candidate } from './requests.ts';

export interface CompletionOfProgram {
  readonly completion: string;
  /** What the model was asked. When it ends in an open function, the completion may go on with its body. */
  readonly prompt?: string | undefined;
  readonly entryPoint?: string | undefined;
}

const LANGUAGES = new Set(['', 'js', 'javascript', 'mjs', 'cjs', 'node', 'jsx', 'ts', 'typescript', 'mts', 'cts']);

/**
 * The programs that a completion may mean, in order of preference.
 *
 * A completion's code is its last fenced block in JavaScript or TypeScript, or all of it when it has no such block. Code that
 * declares the entry point stands for itself, with what the prompt declares before it; other code continues the prompt.
 */
export function programsIn({
  completion,
  prompt = '',
  entryPoint = lastDeclared(prompt),
}: CompletionOfProgram): Candidate[] {
  const code = lastFencedBlock(completion) ?? completion;
  const alone: Candidate = { code };
  if (prompt.trim() === '') return [alone];
  const continued: Candidate = { code: prompt + code, continuesFrom: prompt.length };
  if (entryPoint !== undefined && !declares(code, entryPoint)) return [continued, alone];
  const before = declaredBefore(prompt, entryPoint);
  return [...(before === '' ? [] : [{ code: `${before}\n${code}` }]), alone, continued];
}

/** The function that a text declares last; undefined when it declares none. */
export function lastDeclared(code: string): string | undefined {
  const names = [
    ...code.matchAll(
      /^(?:export[ \t]+)?(?:async[ \t]+)?(?:function[ \t*]+|const[ \t]+|let[ \t]+|var[ \t]+)([A-Za-z_$][\w$]*)/gm,
    ),
  ];
  return names.at(-1)?.[1];
}

function declares(code: string, name: string): boolean {
  const quoted = name.replaceAll('$', '\\$');
  return new RegExp(`(^|[^\\w$.])(function[\\s*]+|class\\s+|const\\s+|let\\s+|var\\s+)${quoted}(?![\\w$])`).test(code);
}

/** What stands in a prompt before the declaration of the entry point, when that is more than comments. */
function declaredBefore(prompt: string, entryPoint: string | undefined): string {
  if (entryPoint === undefined) return '';
  const lines = prompt.split('\n');
  const at = lines.findLastIndex((line) => declares(line, entryPoint));
  const before = lines.slice(0, Math.max(at, 0)).join('\n');
  return lastDeclared(before) === undefined ? '' : before;
}

/** Read line by line, in time that grows with the length and no faster. */
function lastFencedBlock(text: string): string | undefined {
  let last: string | undefined;
  let open: { readonly fence: string; readonly wanted: boolean; readonly lines: string[] } | undefined;
  const close = () => {
    if (open?.wanted && open.lines.some((line) => line.trim() !== '')) last = open.lines.join('\n');
    open = undefined;
  };
  for (const line of text.split('\n')) {
    const fence = /^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[ \t]*\r?$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open && fence[1]!.startsWith(open.fence) && fence[2] === '') close();
    else if (open) open.lines.push(line);
    else open = { fence: fence[1]!, wanted: LANGUAGES.has(fence[2]!.toLowerCase()), lines: [] };
  }
  close(); // cut off before its end: what is there is judged
  return last;
}
