import type { Checkpoint, WeightRecord } from '../activities/records.ts';

/** What a trained checkpoint was made of; where an adapter was trained, first the adapter, then the model merged with it. */
export function recordsOf(
  { stage, version, folder, sha256, bytes, adapter }: Checkpoint,
  by: string,
  start: Checkpoint,
  more: WeightRecord['parents'] = [],
): WeightRecord[] {
  const record = { stage, version, folder, sha256, bytes };
  const base = { stage: start.stage, sha256: start.sha256 };
  if (!adapter) return [{ ...record, by, parents: [base, ...more] }];
  const trained = { ...adapter, stage: `${stage}-adapter`, version };
  const parts = [
    { ...base, role: 'base' },
    { stage: trained.stage, sha256: trained.sha256, role: 'adapter' },
  ];
  return [
    { ...trained, by, parents: [{ ...base, role: 'base' }, ...more] },
    { ...record, by: 'lora-merge', parents: parts },
  ];
}
