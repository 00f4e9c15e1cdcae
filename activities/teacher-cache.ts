import type { ModelClient, Precision, SetRef, SparseTargets, TeacherDraw, TeacherSequence } from '../server/client.ts';
import { sha256, type ArtifactRef, type Store } from './artifacts.ts';
import { jsonLines } from './run-data.ts';
import { decodeTargets, encodeTargets } from './target-files.ts';
import type { Work } from './work.ts';

/** Sequences in one file: what a crash has to redo, and what a step reads for one sequence, is at most this much. */
const SEQUENCES_PER_FILE = 64;

export interface CacheRequest {
  /** Of the teacher's weights: part of the cache's name. */
  readonly teacherSha256: string;
  readonly sequences: readonly TeacherSequence[];
  readonly draw: TeacherDraw;
  readonly temperature: number;
  readonly precision: Precision;
}

/** What a finished cache says of itself. */
interface CacheIndex {
  readonly draw: TeacherDraw;
  readonly temperature: number;
  readonly precision: Precision;
  readonly teacherSha256: string;
  readonly files: readonly (ArtifactRef & { readonly ids: readonly string[] })[];
}

/**
 * Targets of all sequences as files, drawn once: the cache is named by the digest of everything that decides it, so that
 * a finished one is used again, by any run of the workspace, and one cut off goes on.
 *
 * @param openTeacher Called when there is something to draw.
 * @returns The index, whose sha256 stands for all files.
 */
export async function cacheTargets(
  { model, store }: { readonly model: ModelClient; readonly store: Store },
  request: CacheRequest,
  openTeacher: () => Promise<{ teacher: SetRef; student: string }>,
  { signal, report }: Work,
): Promise<{ index: ArtifactRef; tokens: number }> {
  const { sequences, ...decides } = request;
  const folder = `teacher-targets/${sha256(JSON.stringify(decides) + jsonLines(sequences)).slice(0, 32)}`;
  const indexPath = `${folder}/index.json`;
  const finished = await store.readIfThere(indexPath);
  if (finished !== null) return { index: await store.write(indexPath, finished), tokens: 0 };

  const { teacher, student } = await openTeacher();
  const { draw, temperature, precision } = request;
  const files: CacheIndex['files'][number][] = [];
  let tokens = 0;
  for (let start = 0; start < sequences.length; start += SEQUENCES_PER_FILE) {
    const part = sequences.slice(start, start + SEQUENCES_PER_FILE);
    const path = `${folder}/${String(files.length).padStart(6, '0')}.bin`;
    const before = await store.readBytesIfThere(path);
    const drawn =
      before ??
      encodeTargets(
        await model.teacherTargets({ teacher, student, sequences: part, draw, temperature, precision }, { signal }),
      );
    files.push({ ...(await store.write(path, drawn)), ids: part.map(({ id }) => id) });
    tokens += part.reduce((sum, { completionIds }) => sum + completionIds.length, 0);
    report(`targets: ${start + part.length} of ${sequences.length} sequences`);
  }
  const index: CacheIndex = { ...decides, files };
  return { index: await store.write(indexPath, `${JSON.stringify(index)}\n`), tokens };
}

/**
 * Reads the targets of some sequences from a cache.
 *
 * @throws Error when a file changed since, or lacks a sequence.
 */
export async function readTargets(
  store: Store,
  index: ArtifactRef,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SparseTargets>> {
  const { files } = JSON.parse(await store.readExactly(index)) as CacheIndex;
  const wanted = new Set(ids);
  const found = new Map<string, SparseTargets>();
  for (const file of files) {
    if (!file.ids.some((id) => wanted.has(id))) continue;
    const targets = decodeTargets(await store.readBytesExactly(file), file.path);
    file.ids.forEach((id, i) => wanted.has(id) && found.set(id, targets[i]!));
  }
  const missing = ids.find((id) => !found.has(id));
  if (missing === undefined) return found;
  throw new Error(`${index.path}: has no targets for ${missing}; remove the folder, and it is made again`);
}
