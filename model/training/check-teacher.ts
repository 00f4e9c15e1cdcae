import type { TrainStepRequest } from '../api/training.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { checkIds } from './check-sequences.ts';

/**
 * Refuses a step whose sequences do not bring what its distillation needs, before anything is computed.
 *
 * @throws RangeError naming the sequence.
 */
export function checkTeacherTerms({ sequences, distillation }: TrainStepRequest, config: Gemma3Config): void {
  sequences.forEach(({ teacher, completionIds }, index) => {
    const name = `trainStep: sequence ${index}`;
    if (!teacher) return;
    if (!distillation) throw new RangeError(`${name} has a teacher's term, the step has no distillation; give both`);
    if (distillation.kind !== 'given' || teacher.weight === 0) return;
    const { targets } = teacher;
    const expected = `for each of its ${completionIds.length} completion tokens`;
    if (!targets) throw new RangeError(`${name} has no targets; a step with given targets needs some ${expected}`);
    const { counts, ids, weights } = targets;
    if (counts.length !== completionIds.length || counts.some((count) => count === 0)) {
      throw new RangeError(
        `${name} has targets for ${counts.filter(Boolean).length} tokens, expected some ${expected}`,
      );
    }
    const entries = counts.reduce((sum, count) => sum + count, 0);
    if (ids.length !== entries || weights.length !== entries) {
      throw new RangeError(
        `${name} has ${ids.length} target ids and ${weights.length} weights, expected ${entries} of each, as its counts say`,
      );
    }
    checkIds(name, ids, config);
  });
}

/**
 * Refuses a teacher whose token ids mean something else than the student's.
 *
 * @throws RangeError with the first id that differs.
 */
export function checkSameVocabulary(
  teacher: { readonly name: string; readonly config: Gemma3Config; readonly tokenizer: Tokenizer },
  student: { readonly name: string; readonly config: Gemma3Config; readonly tokenizer: Tokenizer },
): void {
  const refuse = (what: string, its: unknown, ours: unknown): never => {
    throw new RangeError(
      `teacher ${teacher.name}: ${what} is ${JSON.stringify(its)}, that of ${student.name} is ${JSON.stringify(ours)}; ` +
        'a student can only learn from a model with its own tokenizer',
    );
  };
  const [its, ours] = [teacher.config.vocabSize, student.config.vocabSize];
  if (its !== ours) refuse("the vocabulary's size", its, ours);
  if (teacher.tokenizer.toJson() === student.tokenizer.toJson()) return;
  // The same vocabulary may be written in two ways: a GGUF file and a tokenizer.json.
  for (let id = 0; id < ours; id++) {
    const [text, own] = [teacher.tokenizer.decode([id]), student.tokenizer.decode([id])];
    if (text !== own) refuse(`token ${id}`, text, own);
  }
}
