import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { DeviceInfo } from '../../model/api/engine.ts';
import { bindingLink, onPath, temporalBinary } from '../../scripts/paths.mjs';
import { describePrecision } from '../precision.ts';
import { type Check, SET_UP } from './check.ts';

const run = promisify(execFile);
const NEEDED_NODE = 24;

export function checkNode(): Check {
  const found = `${process.version} at ${process.execPath}`;
  if (Number.parseInt(process.versions.node) >= NEEDED_NODE) return { name: 'Node', status: 'ok', found };
  return { name: 'Node', status: 'missing', found, advice: `Node ${NEEDED_NODE} is needed; ${SET_UP}` };
}

/** Native TensorFlow, tried out in another process, and what it computes with. */
export async function checkTensorFlow(): Promise<Check[]> {
  let info: DeviceInfo;
  try {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'device-probe.ts')], { timeout: 60_000 });
    info = JSON.parse(stdout) as DeviceInfo;
  } catch (error) {
    return [{ name: 'TensorFlow', status: 'missing', found: `cannot be loaded: ${reasonOf(error)}`, advice: SET_UP }];
  }
  const tensorflow = `${info.tensorflow} with ${realpathSync(bindingLink())}`;
  return [{ name: 'TensorFlow', status: 'ok', found: tensorflow }, await checkDevice(info), checkPrecision(info)];
}

async function checkDevice({ device }: DeviceInfo): Promise<Check> {
  const gpu = await gpuName();
  if (device === 'cpu' && gpu) {
    const found = `cpu, though there is a GPU (${gpu})`;
    const advice = `TensorFlow was set up without it, or does not find its driver; ${SET_UP}`;
    return { name: 'device', status: 'warning', found, advice };
  }
  return { name: 'device', status: 'ok', found: gpu ?? device };
}

async function gpuName(): Promise<string | null> {
  if (!onPath('nvidia-smi')) return null;
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  const { stdout } = await run('nvidia-smi', query, { timeout: 5_000 }).catch(() => ({ stdout: '' }));
  return stdout.split('\n')[0]?.trim() || null;
}

function checkPrecision(info: DeviceInfo): Check {
  const sets = info.instructionSets.join(' ') || 'no instruction sets that matter';
  return { name: 'precision', status: 'ok', found: `auto is ${describePrecision(info)}; ${sets}` };
}

export async function checkTemporal(): Promise<Check> {
  const name = 'Temporal';
  const address = process.env.TEMPORAL_ADDRESS;
  if (address) return { name, status: 'ok', found: `server at ${address} (TEMPORAL_ADDRESS; not asked here)` };
  const binary = temporalBinary();
  if (!binary) {
    const advice = `${SET_UP}, put the Temporal CLI on PATH, or name a server in TEMPORAL_ADDRESS`;
    return { name, status: 'missing', found: 'no server', advice };
  }
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: 10_000 });
    return { name, status: 'ok', found: `${stdout.trim()} at ${binary}` };
  } catch (error) {
    const advice = `delete it and ${SET_UP}`;
    return { name, status: 'missing', found: `${binary} does not run: ${reasonOf(error)}`, advice };
  }
}

/** The line of a failed program's output that says why. */
function reasonOf(error: unknown): string {
  const { stderr = '', signal, message } = error as { stderr?: string; signal?: string; message: string };
  const line = stderr.split('\n').find((each) => /^\w*Error/.test(each));
  return line ?? (signal ? `ended by ${signal}` : (message.split('\n')[0] ?? message));
}
