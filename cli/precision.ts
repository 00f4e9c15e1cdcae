import type { DeviceInfo } from '../model/api/engine.ts';
import type { ModelClient, Precision } from '../server/client.ts';
import type { OptionSpec } from './command.ts';
import { UsageError } from './failure.ts';

type PrecisionName = Precision | 'auto';

const NAMES: readonly PrecisionName[] = ['auto', 'float32', 'bfloat16'];

export const precisionOption = {
  precision: {
    ...{ type: 'string', value: 'auto|float32|bfloat16' },
    help: 'of matrix products; auto, the default: the faster one here',
  },
} as const satisfies Record<string, OptionSpec>;

/** @throws UsageError when it is none. */
export function parsePrecision(text: string = 'auto'): PrecisionName {
  const name = NAMES.find((each) => each === text);
  if (name === undefined) throw new UsageError(`--precision: got ${text}, expected one of ${NAMES.join(', ')}`);
  return name;
}

/** The precision that a name stands for on a model server: `auto` for what it measured to be the faster one. */
export async function precisionOn(model: Pick<ModelClient, 'info'>, name: PrecisionName): Promise<Precision> {
  return name === 'auto' ? (await model.info()).precision : name;
}

/** `float32: products in bfloat16 are 0.31 times as fast here`. */
export function describePrecision({
  precision,
  bfloat16Speedup,
}: Pick<DeviceInfo, 'precision' | 'bfloat16Speedup'>): string {
  return `${precision}: products in bfloat16 are ${bfloat16Speedup.toFixed(2)} times as fast as in float32 here`;
}
