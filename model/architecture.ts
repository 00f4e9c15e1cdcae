import type { Precision } from './api/precision.ts';
import { createDecoderSteps } from './generation/decoder-steps.ts';
import type { DecoderSteps } from './generation/decoder-steps.ts';
import type { Gemma3Config } from './gemma3/config.ts';
import { leavesOf, makeWeights } from './gemma3/weights.ts';
import type { Gemma3Weights } from './gemma3/weights.ts';
import { disposeVariable, zeroVariable } from './tensor/variable.ts';
import type { Variable } from './tensor/variable.ts';
import { createAdamW } from './training/adamw.ts';
import { createEma } from './training/ema.ts';
import { compilePairGradients } from './training/bradley-terry.ts';
import { compileGradients } from './training/gradients.ts';
import { compileHeadGradients, createPairFeatures } from './training/probe.ts';
import { createRewarder } from './training/reward.ts';
import { createScorer } from './training/score.ts';
import { createStudent, createTeacher } from './training/teacher.ts';
import type { Student, Teacher } from './training/teacher.ts';

/**
 * The compiled functions of one shape of model. Policy, anchor, reference and teacher are sets of weights run through
 * the same functions, so that equal weights give equal bits.
 */
export class Architecture {
  readonly config: Gemma3Config;
  readonly adamW = createAdamW();
  readonly ema = createEma();
  readonly #byPrecision = new Map<string, unknown>();
  #gradients: Gemma3Weights<Variable> | undefined;

  constructor(config: Gemma3Config) {
    this.config = config;
  }

  scorer(precision: Precision): ReturnType<typeof createScorer> {
    return this.#once('score', precision, () => createScorer(this.config, precision));
  }

  addGradients(precision: Precision): ReturnType<typeof compileGradients> {
    return this.#once('gradients', precision, () => compileGradients(this.config, precision));
  }

  student(precision: Precision): Student {
    return this.#once('student', precision, () => createStudent(this.config, precision));
  }

  teacher(precision: Precision): Teacher {
    return this.#once('teacher', precision, () => createTeacher(this.config, precision));
  }

  /** Of a reward model. */
  rewarder(precision: Precision): ReturnType<typeof createRewarder> {
    return this.#once('reward', precision, () => createRewarder(this.config, precision));
  }

  /** Of a reward model. */
  addPairGradients(precision: Precision): ReturnType<typeof compilePairGradients> {
    return this.#once('pair gradients', precision, () => compilePairGradients(this.config, precision));
  }

  /** Of a reward model: what a probe's head works on. */
  pairFeatures(precision: Precision): ReturnType<typeof createPairFeatures> {
    return this.#once('pair features', precision, () => createPairFeatures(this.config, precision));
  }

  /** Of a reward model. */
  addHeadGradients(precision: Precision): ReturnType<typeof compileHeadGradients> {
    return this.#once('head gradients', precision, () => compileHeadGradients(precision));
  }

  decoderSteps(precision: Precision): DecoderSteps {
    return this.#once('decode', precision, () => createDecoderSteps(this.config, precision));
  }

  /** Where a step adds up its gradient: zero between steps, shared by all sets of the architecture. */
  gradients(): Gemma3Weights<Variable> {
    return (this.#gradients ??= makeWeights(this.config, ({ shape }) => zeroVariable(shape)));
  }

  /** After a step that failed half-way: what it had added up must not enter the next. */
  discardGradients(): void {
    if (this.#gradients) leavesOf(this.#gradients).forEach(disposeVariable);
    this.#gradients = undefined;
  }

  #once<T>(what: string, precision: Precision, make: () => T): T {
    const key = `${what} ${precision}`;
    if (!this.#byPrecision.has(key)) this.#byPrecision.set(key, make());
    return this.#byPrecision.get(key) as T;
  }
}
