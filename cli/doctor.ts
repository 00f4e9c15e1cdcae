import { cacheRoot } from '../scripts/paths.mjs';
import { command } from './command.ts';
import type { Check } from './doctor/check.ts';
import { checkDisk, checkMemory, checkModels } from './doctor/machine.ts';
import { checkSandbox } from './doctor/sandbox.ts';
import { checkNode, checkTemporal, checkTensorFlow } from './doctor/software.ts';
import { workspaceOf, workspaceOptions } from './workspace.ts';

export const run = command(
  {
    name: 'doctor',
    about: `
Says what this machine has, what is missing, and what to do. Changes nothing. Ends with 1 when something is missing without
which Cabochon does not work here.`,
    options: workspaceOptions,
  },
  async ({ values, output }) => {
    const checks = await examine(workspaceOf(values));
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const { name, status, found, advice } of checks) {
      output.say(`${status.padEnd(7)}  ${name.padEnd(width)}  ${found}`);
      if (advice) output.say(`${' '.repeat(7 + 2 + width)}  ${advice}`);
    }
    checks.forEach((check) => output.emit(check));
    if (checks.some(({ status }) => status === 'missing')) process.exitCode = 1;
  },
);

async function examine(workspace: string): Promise<Check[]> {
  const others = await Promise.all([
    checkTensorFlow(),
    checkTemporal(),
    checkSandbox(),
    checkModels(),
    checkMemory(),
    checkDisk('disk: cache', cacheRoot()),
    checkDisk('disk: runs', workspace),
  ]);
  return [checkNode(), ...others.flat()];
}
