import { FencedError, VersionLostError } from './api/errors.ts';
import type { SetRef } from './api/sets.ts';

/** One optimizer or EMA step, as its request names it. */
export interface Update {
  readonly baseVersion: number;
  readonly fence: number;
  /** Identity of what the step is made from. Two updates with the same base version and digest are the same update. */
  readonly digest: string;
}

/** What to do with an update: step the weights, or give the answer it got when it was done. */
export type UpdateVerdict<Answer> = { readonly kind: 'apply' } | { readonly kind: 'done'; readonly answer: Answer };

/** Answers a set remembers. A caller repeats its last update at most, so this is ample; it bounds the memory. */
const REMEMBERED_ANSWERS = 1024;

/**
 * The history of one weight set since it was loaded or copied: which version its weights are at, which updates led
 * there, and from which recovery of the run (`fence`) updates are still welcome. Knows no weights.
 *
 *     const verdict = history.begin({ baseVersion, fence, digest });
 *     if (verdict.kind === 'done') return verdict.answer;
 *     const answer = …step the weights…
 *     history.commit(answer);
 *
 * An update that was begun and not committed may have left the weights half stepped. From then on the set counts as
 * lost: every use throws VersionLostError until it is loaded again. Refuse bad requests before `begin`.
 */
export class SetHistory<Answer> {
  readonly name: string;
  /** What the set was made from: its source or the set it copies, and whatever else tells two contents apart. */
  readonly origin: string;
  #version: number;
  #fence: number;
  #begun: Update | null = null;
  readonly #answers = new Map<string, Answer>();

  constructor(set: SetRef, fence: number, origin: string) {
    this.name = set.name;
    this.origin = origin;
    this.#version = set.version;
    this.#fence = fence;
  }

  /** Optimizer and EMA steps in the weights. */
  get version(): number {
    return this.#version;
  }

  /** Highest fence seen; lower ones are refused. */
  get fence(): number {
    return this.#fence;
  }

  /**
   * Whether a request to load or copy over this set is a repeat of the one that made it. A repeat changes nothing, also
   * when the set has stepped since: only a late second attempt of a finished call asks for it.
   *
   * @throws FencedError if `fence` is lower than the set's.
   */
  isRepeatedLoad(origin: string, fence: number): boolean {
    this.#refuseLower(fence);
    return this.#begun === null && origin === this.origin && fence === this.#fence;
  }

  /** @throws VersionLostError unless the weights are whole and at `version`. */
  requireVersion(version: number): void {
    if (this.#begun) {
      throw new VersionLostError(
        `set ${this.name}: the step from version ${this.#begun.baseVersion} failed half-way; load the last checkpoint`,
      );
    }
    if (version !== this.#version) throw versionLost({ name: this.name, version }, `is at version ${this.#version}`);
  }

  /**
   * The answer an update got when it was done; undefined when it was not. For those who must look at more than this set
   * before an update: what a repeat was made from may be gone.
   *
   * @throws FencedError as `begin`.
   */
  answerTo(update: Update): Answer | undefined {
    this.#refuseLower(update.fence);
    const answer = this.#begun ? undefined : this.#answers.get(key(update));
    if (answer !== undefined) this.#fence = update.fence;
    return answer;
  }

  /**
   * Decides about an update. A fence above the set's becomes the set's.
   *
   * @throws FencedError if the update's fence is lower than the set's, also for one that was done.
   * @throws VersionLostError if it neither starts at the present version nor is remembered as done.
   */
  begin(update: Update): UpdateVerdict<Answer> {
    const answer = this.answerTo(update);
    if (answer !== undefined) return { kind: 'done', answer };
    this.requireVersion(update.baseVersion);
    this.#fence = update.fence;
    this.#begun = update;
    return { kind: 'apply' };
  }

  /** Records the update that was begun as done; the version is one higher afterwards. */
  commit(answer: Answer): void {
    if (!this.#begun) throw new Error(`set ${this.name}: commit without begin; call begin for each update`);
    this.#answers.set(key(this.#begun), answer);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= REMEMBERED_ANSWERS) break;
      this.#answers.delete(oldest);
    }
    this.#begun = null;
    this.#version += 1;
  }

  #refuseLower(fence: number): void {
    if (fence >= this.#fence) return;
    throw new FencedError(
      `set ${this.name}: the request carries fence ${fence}, the set is at ${this.#fence}; ` +
        'a later recovery of this run has taken over, so stop',
    );
  }
}

/** The error for a set that is absent (`found` says so) or at another version than the request names. */
export function versionLost(wanted: SetRef, found = 'is not loaded'): VersionLostError {
  return new VersionLostError(
    `set ${wanted.name}: the request names version ${wanted.version}, the set ${found}; load the last checkpoint`,
  );
}

function key(update: Update): string {
  return `${update.baseVersion} ${update.digest}`;
}
