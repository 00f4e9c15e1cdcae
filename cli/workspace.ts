import { join, resolve } from 'node:path';

import type { OptionSpec } from './command.ts';

/** Options of commands that work in a workspace. */
export const workspaceOptions = {
  workspace: { type: 'string', value: 'DIR', help: 'where runs, logs and the Temporal database lie (.cabochon here)' },
} as const satisfies Record<string, OptionSpec>;

/** Options of commands that talk to Temporal. */
export const temporalOptions = {
  ...workspaceOptions,
  'temporal-address': {
    ...{ type: 'string', value: 'HOST:PORT' },
    help: "a Temporal server other than the workspace's own (or TEMPORAL_ADDRESS)",
  },
} as const satisfies Record<string, OptionSpec>;

/** Absolute path of the workspace the options name. */
export function workspaceOf(values: { readonly workspace?: string | undefined }): string {
  return resolve(values.workspace ?? '.cabochon');
}

/** The Temporal server that the options or the environment name; null for the workspace's own. */
export function temporalAddressOf(values: { readonly 'temporal-address'?: string | undefined }): string | null {
  return values['temporal-address'] ?? process.env.TEMPORAL_ADDRESS ?? null;
}

export function runFolder(workspace: string, runId: string): string {
  return join(workspace, 'runs', runId);
}
