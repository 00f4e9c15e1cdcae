import { readFileSync } from 'node:fs';

import type { DeviceInfo } from './api/engine.ts';
import type { PrecisionChoice } from './precision.ts';
import { native } from './tensor/native.ts';

const INSTRUCTION_SETS = ['avx2', 'fma', 'avx512f', 'avx512_bf16', 'avx512_vnni', 'amx_bf16', 'amx_int8'];

/** The device TensorFlow computes on, and this process's memory. */
export function deviceInfo(): Omit<DeviceInfo, 'sets' | 'device' | keyof PrecisionChoice> & { device: 'cpu' | 'gpu' } {
  return {
    device: native.isUsingGpuDevice() ? 'gpu' : 'cpu',
    tensorflow: native.TF_Version,
    instructionSets: cpuInstructionSets(),
    residentBytes: process.memoryUsage.rss(),
  };
}

/** Instruction sets that decide how fast matrix products are. Empty where the system does not tell. */
function cpuInstructionSets(): string[] {
  if (process.platform !== 'linux') return [];
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
  return INSTRUCTION_SETS.filter((name) => flags.includes(name));
}
