import { join } from 'node:path';

import { cacheRoot } from '../../scripts/paths.mjs';
import type { SideCommand } from '../side.ts';
import { peerPaths } from './setup.mjs';

/**
 * What makes torch's memory cheaper on the CPU: large blocks are kept and used again instead of being returned to the
 * system and faulted in anew at every step.
 */
const MALLOC = { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '1000000000000', MALLOC_TOP_PAD_: '67108864' };

/** How a script of bench/peers is started, with its options as JSON. */
export async function python(
  name: string,
  script: string,
  options: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = MALLOC,
): Promise<SideCommand> {
  const { python: program } = await peerPaths();
  const args = [join(import.meta.dirname, script), JSON.stringify(options)];
  const quiet = { HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false', TRANSFORMERS_VERBOSITY: 'error' };
  const compiled = { TORCHINDUCTOR_CACHE_DIR: join(cacheRoot(), 'bench', 'torchinductor') };
  const narrow = options['autocast'] === true || options['dtype'] === 'bfloat16' || options['onednn_bf16'] === true;
  return { name, program, args, env: { ...quiet, ...compiled, ...env }, narrow };
}
