import type { Sequence } from '../api/sequences.ts';
import type { Gemma3Config } from '../gemma3/config.ts';

/**
 * Refuses sequences the model cannot take, before anything is computed.
 *
 * @throws RangeError naming the sequence: an id outside the vocabulary, or more tokens than the model's context.
 */
export function checkSequences(where: string, sequences: readonly Sequence[], config: Gemma3Config): void {
  sequences.forEach(({ promptIds, completionIds }, index) => {
    const name = `${where}: sequence ${index}`;
    checkIds(name, promptIds, config);
    checkIds(name, completionIds, config);
    const tokens = promptIds.length + completionIds.length;
    if (tokens > config.maxPositionEmbeddings) {
      throw new RangeError(`${name} has ${tokens} tokens; the model's context is ${config.maxPositionEmbeddings}`);
    }
  });
}

/** @throws RangeError for an id that is no whole number below the vocabulary's size. */
export function checkIds(name: string, ids: readonly number[], { vocabSize }: Gemma3Config): void {
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (bad !== undefined) throw new RangeError(`${name} has token id ${bad}; expected whole numbers below ${vocabSize}`);
}
