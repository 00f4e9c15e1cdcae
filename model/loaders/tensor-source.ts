/** What a file says about one tensor. */
export interface TensorInfo {
  /** Row-major, as Hugging Face writes it: a matrix is [out, in]. */
  readonly shape: readonly number[];
  /** Number format in the file, by the file's own name: `F32`, `BF16`, `Q4_K`, … */
  readonly dtype: string;
}

/** Named tensors in files, read one at a time. Files are open only while a tensor is being read. */
export interface TensorSource {
  names(): readonly string[];
  /** @throws RangeError if there is no such tensor. */
  info(name: string): TensorInfo;
  /** The tensor's numbers as float32, row-major, in memory of their own. */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
}

/** A file that cannot be what its name says. Trying again gives the same; the message says what to do. */
export class BadFileError extends Error {
  override readonly name = 'BadFileError';
}
