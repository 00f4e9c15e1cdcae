import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { REPOSITORY } from '../scripts/paths.mjs';
import { describeMachine } from './machine.ts';
import { stored, type StoredRecord } from './results.ts';

const TOP = `# Benchmarks

Ours and others on the same machine, the same weights (the real Gemma 3 270M, float32 as dequantised from its GGUF), the same tokens, all cores,
alternated repeat by repeat, each in its own process and warmed up before. A number is the best of its repeats; the ratio is that of the duel with the
peer that comes closest, and above 1 means that ours is better, also where less is better. Written by \`npm run bench\`;
\`npm run -s bench -- NAME --json\` measures one line again.
`;

/** Writes docs/benchmarks.md from what was measured last. Returns its path. */
export async function writeReport(names: readonly string[]): Promise<string> {
  const path = join(REPOSITORY, 'docs', 'benchmarks.md');
  const found: StoredRecord[] = [];
  for (const name of names) {
    const entry = await stored(name);
    if (entry) found.push(entry);
  }
  await writeFile(path, renderReport(found, names));
  return path;
}

export function renderReport(found: readonly StoredRecord[], names: readonly string[]): string {
  const rows = found.map(({ record: { name, ours, peers, ratio, unit, n } }) => {
    const others = Object.entries(peers).flatMap(([peer, value]) => (value === null ? [] : `${peer}: ${short(value)}`));
    return `| ${name} | ${short(ours)} ${unit} | ${others.join('<br>')} | ${ratio.toFixed(2)} | ${n} |`;
  });
  const missing = names.filter((name) => !found.some(({ record }) => record.name === name));
  return [
    TOP,
    '| benchmark | ours | others | ratio | repeats |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...withoutNumbers(found),
    ...(missing.length ? [`Not measured yet: ${missing.join(', ')}.`, ''] : []),
    ...found.map(section),
  ].join('\n');
}

/** Peers that could not be run, by the reason: a list beside the table, which it would make too wide. */
function withoutNumbers(found: readonly StoredRecord[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { record } of found) {
    for (const [peer, reason] of Object.entries(record.failed ?? {})) {
      byReason.set(reason, [...(byReason.get(reason) ?? []), `${record.name}: ${peer}`]);
    }
  }
  if (byReason.size === 0) return [];
  const lines = [...byReason].map(([reason, peers]) => `- ${peers.join('; ')}: ${reason}`);
  return ['Others without a number:', '', ...lines, ''];
}

/** Four digits, for people, of what was measured; the records have more. What was counted stays. */
const short = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

function section({ record, machine, commit, date }: StoredRecord): string {
  const tables = (record.tables ?? []).flatMap(({ title, head, rows }) => {
    const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
    return [`${title}:`, '', line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(short))), ''];
  });
  const details = record.details === undefined ? [] : ['```json', JSON.stringify(record.details, null, 1), '```'];
  return [
    `## ${record.name}`,
    '',
    `\`npm run -s bench -- ${record.name} --json\`, ${date}, commit ${commit}, ${describeMachine(machine)}.`,
    '',
    ...tables,
    ...details,
    '',
  ].join('\n');
}
