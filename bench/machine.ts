import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

import type { SideCommand } from './side.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** CPU instruction sets that decide how fast products of matrices are. */
  readonly instructionSets: readonly string[];
  /** Processes that wanted a core in the last minute: above 0.5 or so, something else was running. */
  readonly load: number;
}

const TELLING = ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16'];

/** What a measurement was made on. */
export function machine(): Machine {
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    instructionSets: TELLING.filter((name) => flags.includes(name)),
    load: loadavg()[0]!,
  };
}

/**
 * Why a peer is not measured on this machine; undefined where it is. Without hardware for it, bfloat16 takes several times
 * as long as float32: it cannot be the peer that comes closest, and would take an hour to say so.
 */
export function reasonToLeaveOut({ narrow = false }: SideCommand): string | undefined {
  const isFast = machine().instructionSets.some((name) => name.endsWith('bf16')) || existsSync('/dev/nvidia0');
  return narrow && !isFast ? 'left out: this machine multiplies bfloat16 in software' : undefined;
}

export function describeMachine({ cpu, cores, memoryGiB, instructionSets, load }: Machine): string {
  return `${cores} cores (${cpu}: ${instructionSets.join(', ')}), ${memoryGiB} GiB, load ${load.toFixed(1)}`;
}
