import { readdir } from 'node:fs/promises';

export interface SampleFile {
  readonly name: string;
  readonly stage: string;
  readonly step: number;
}

/** A run's files of samples, of steps and of evaluations; none where there is no such folder. */
export async function sampleFiles(folder: string): Promise<SampleFile[]> {
  const names = (await readdir(folder).catch(() => [])).sort();
  return names.flatMap((name) => {
    const found = /^(?:evaluation-)?(.+)-(\d{6,})\.jsonl$/.exec(name);
    return found ? [{ name, stage: found[1]!, step: Number(found[2]) }] : [];
  });
}
