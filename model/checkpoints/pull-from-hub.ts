import { HubApiError, downloadFile, listFiles, type ListFileEntry } from '@huggingface/hub';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { BadFileError } from '../loaders/tensor-source.ts';

/** The files a checkpoint folder consists of; repositories also hold pictures, other formats and cards. */
const WANTED =
  /^((config|generation_config|tokenizer|tokenizer_config)\.json|chat_template\.\w+|model.*\.safetensors(\.index\.json)?)$/;

export interface HubOptions {
  /** Access token of an account that has accepted the model's licence; `HF_TOKEN` when a model is pulled by name. */
  readonly token?: string;
  /** Another hub with the same API. */
  readonly hubUrl?: string;
  /** Milliseconds within which each request must be answered; the transfer itself may take longer. */
  readonly answerWithinMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Fetches a checkpoint's files from the Hugging Face hub into `folder`. Files with a known sha256 are checked.
 *
 * @throws Error if the hub does not answer, or asks for a licence to be accepted: the message says where.
 */
export async function pullFromHub(
  repo: string,
  folder: string,
  report: (line: string) => void,
  options: HubOptions = {},
): Promise<void> {
  const common = {
    repo,
    fetch: impatientFetch(options.answerWithinMs ?? 5000, options.signal),
    ...(options.token && { accessToken: options.token }),
    ...(options.hubUrl && { hubUrl: options.hubUrl }),
  };
  try {
    const entries: ListFileEntry[] = [];
    for await (const entry of listFiles(common)) if (WANTED.test(entry.path)) entries.push(entry);
    if (!entries.some(({ path }) => path.endsWith('.safetensors'))) {
      throw new BadFileError(`${repo}: no safetensors files in it, so it cannot be used`);
    }
    for (const entry of entries) {
      report(`fetching ${entry.path} (${(entry.size / 1e6).toFixed(1)} MB) from the Hugging Face hub`);
      const blob = await downloadFile({ ...common, path: entry.path });
      if (!blob) throw new BadFileError(`${repo}: lists ${entry.path} but does not have it`);
      await store(blob, join(folder, entry.path), entry);
    }
  } catch (error) {
    throw explained(error, repo, options.token !== undefined);
  }
}

async function store(blob: Blob, path: string, { size, lfs }: ListFileEntry): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  let bytes = 0;
  try {
    for await (const chunk of Readable.fromWeb(blob.stream() as ReadableStream<Uint8Array>)) {
      hash.update(chunk as Uint8Array);
      await file.writeFile(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
  } finally {
    await file.close();
  }
  const digest = hash.digest('hex');
  if (bytes !== size || (lfs && digest !== lfs.oid)) {
    throw new BadFileError(`${path}: ${bytes} bytes with sha256 ${digest}, expected ${size} with ${lfs?.oid ?? 'any'}`);
  }
}

/** `fetch` that gives up when no answer begins in time. */
function impatientFetch(answerWithinMs: number, signal?: AbortSignal): typeof fetch {
  return async (input, init) => {
    const impatience = new AbortController();
    const timer = setTimeout(
      () => impatience.abort(new Error(`no answer within ${answerWithinMs} ms`)),
      answerWithinMs,
    );
    const signals = [impatience.signal, signal, init?.signal].filter((each) => each != null);
    try {
      return await fetch(input, { ...init, signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  };
}

function explained(error: unknown, repo: string, withToken: boolean): unknown {
  if (error instanceof HubApiError && (error.statusCode === 401 || error.statusCode === 403)) {
    const token = withToken ? 'the account of HF_TOKEN must accept it' : 'accept it, then set HF_TOKEN to your token';
    return new Error(`${repo}: the Hugging Face hub wants the Gemma licence accepted (on the model's page); ${token}`, {
      cause: error,
    });
  }
  if (error instanceof TypeError && error.cause instanceof Error) {
    return new Error(`${repo}: the Hugging Face hub cannot be reached: ${error.cause.message}`, { cause: error });
  }
  return error;
}
