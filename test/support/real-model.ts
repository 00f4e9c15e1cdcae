import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_MODELS } from '../../model/checkpoints/known-models.ts';
import { modelsFolder } from '../../scripts/paths.mjs';

/** Path of the real base 270M as the package index has it (Q4_K_M): what its golden numbers were made with. */
export const REAL_MODEL = join(modelsFolder(), 'gemma-3-270m', KNOWN_MODELS.get('gemma-3-270m')!.packaged!.fileName);

/** Tests that need it are skipped where it has not been pulled. */
export const hasRealModel = existsSync(REAL_MODEL);
