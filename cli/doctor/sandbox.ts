import { openSandbox } from '../../sandbox/index.ts';
import { type Check, SET_UP } from './check.ts';

/** Runs a program in the sandbox, and says what holds it here. */
export async function checkSandbox(): Promise<Check> {
  const name = 'sandbox';
  await using sandbox = openSandbox({ processes: 1 });
  const tests = { kind: 'calls', entryPoint: 'f', cases: [{ args: [1], expected: 2 }] } as const;
  const verdict = await sandbox.run({ program: 'const f = (x) => x + 1', tests });
  if (verdict.outcome === 'infra_error') {
    return { name, status: 'warning', found: verdict.reason, advice: `rewards that run code will not work; ${SET_UP}` };
  }
  const { dataMb, network } = sandbox.protections;
  const found = `isolates in processes of at most ${dataMb} MiB private memory, without files, network ${network}`;
  if (network === 'none') return { name, status: 'ok', found };
  const advice = 'unshare gives no network namespace here: only the isolate keeps programs from the network';
  return { name, status: 'warning', found, advice };
}
