/**
 * Makes `cabochon/sdk` and `zod` importable in a process that runs a plugin's own tests:
 *
 *     node --import …/rewards/host/register.ts --test brevity.test.ts
 */
import { trackModules } from './modules.ts';

trackModules(import.meta.filename, null);
