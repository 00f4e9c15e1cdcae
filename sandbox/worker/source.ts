import { stripTypeScriptTypes } from 'node:module';
import { Script } from 'node:vm';

import type { Candidate, Job } from '../requests.ts';

/** The program to run, or why none of the readings parses. */
export type Source = { readonly code: string } | { readonly problem: string };

/**
 * The first reading that parses, as JavaScript. Nothing is run: V8's parser, and for TypeScript Node's, see the text.
 *
 * What continues a prompt and does not parse as a whole is tried by its shortest run of whole lines that does.
 */
export function readSource({ candidates, language }: Pick<Job, 'candidates' | 'language'>): Source {
  let problem: string | undefined;
  for (const candidate of candidates) {
    for (const read of READERS[language]) {
      const source = read(candidate.code);
      if ('code' in source) return source;
      problem ??= source.problem;
    }
    const cut = candidate.continuesFrom === undefined ? undefined : shortest(candidate, language);
    if (cut) return cut;
  }
  return { problem: problem ?? 'no program' };
}

const READERS = {
  javascript: [readJavaScript, readModule],
  typescript: [readTypeScript],
  auto: [readJavaScript, readModule, readTypeScript],
} as const;

/** Lines after which a continuation is tried: enough for a function, few enough to parse each time. */
const MOST_LINES = 400;

function shortest({ code, continuesFrom = 0 }: Candidate, language: Job['language']): Source | undefined {
  let end = continuesFrom;
  for (let line = 0; line < MOST_LINES; line++) {
    end = code.indexOf('\n', end + 1);
    if (end < 0) return undefined;
    if (!/[}\])';]\s*$/.test(code.slice(Math.max(0, end - 80), end))) continue;
    const text = code.slice(0, end);
    const source = readJavaScript(text);
    if ('code' in source) return source;
    if (language === 'javascript') continue;
    const typed = readTypeScript(text);
    if ('code' in typed) return typed;
  }
  return undefined;
}

function readJavaScript(code: string): Source {
  try {
    new Script(code, { filename: 'program' });
    return { code };
  } catch (error) {
    return { problem: describe(error) };
  }
}

/** An ES module's exports are what its top level declares. */
function readModule(code: string): Source {
  const bare = code
    .replace(/^[ \t]*export[ \t]+(default[ \t]+)?(?=(async[ \t]+)?(function|class|const|let|var)\b)/gm, '')
    .replace(/^[ \t]*export[ \t]*\{[^{}]*\};?[ \t]*$/gm, '');
  return bare === code ? { problem: 'does not parse' } : readJavaScript(bare);
}

let suspect = false;

/** Whether the TypeScript parser failed in another way than by saying no. */
export function parserIsSuspect(): boolean {
  return suspect;
}

function readTypeScript(code: string): Source {
  let stripped: string;
  try {
    stripped = stripTypeScriptTypes(code, { mode: 'transform' });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_INVALID_TYPESCRIPT_SYNTAX') suspect = true;
    return { problem: describe(error) };
  }
  const plain = readJavaScript(stripped);
  return 'code' in plain ? plain : readModule(stripped);
}

function describe(error: unknown): string {
  const [line = ''] = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split('\n', 1);
  return line.slice(0, 300);
}
