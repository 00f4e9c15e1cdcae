import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';

/**
 * What Node itself makes of a program with its tests after it in one script, the way the data's makers ran them: the
 * reference that the sandbox's verdicts are compared with. No sandbox: for text that was written by people.
 */
export function passesInPlainNode(program: string, tests: string): boolean {
  let failed = 0;
  const quiet = new Proxy(console, {
    get: (_, name) => (name === 'assert' ? (holds: unknown) => void (failed += holds ? 0 : 1) : () => undefined),
  });
  try {
    runInNewContext(
      `${program}\n;${tests}`,
      { require: createRequire(import.meta.url), console: quiet },
      { timeout: 1000 },
    );
    return failed === 0;
  } catch {
    return false;
  }
}
