import { VersionLostError } from './api/errors.ts';
import type { MergeRequest } from './api/merging.ts';
import type { CopyRequest, LoadRequest, SetInfo, SetRef } from './api/sets.ts';
import { Architecture } from './architecture.ts';
import { loadOrigin, prepareLoad } from './load-set.ts';
import { mergeInto, requireSameModel } from './merging/merge.ts';
import type { OnParameter } from './merging/merge.ts';
import { mergedRefs, mergeOrigin } from './merging/merge-request.ts';
import { copyOf } from './stored-set.ts';
import type { OnTensor } from './stored-set.ts';
import { versionLost } from './versions.ts';
import type { WeightSet } from './weight-set.ts';

/**
 * The weight sets on the device: how they come, are found by name, and go. What makes a set frees the one that had its
 * name, unless it is the same request again: then that one is the answer.
 */
export class LoadedSets {
  readonly #sets = new Map<string, WeightSet>();
  readonly #architectures = new Map<string, Architecture>();

  infos(): SetInfo[] {
    return [...this.#sets.values()].map((set) => set.info());
  }

  /** @throws VersionLostError when there is none of that name. */
  named(name: string): WeightSet {
    const set = this.#sets.get(name);
    if (!set) throw new VersionLostError(`set ${name}: is not loaded; load it, or the last checkpoint of its run`);
    set.requireBase();
    return set;
  }

  /**
   * The set, if it is there and at the version that the caller counts on.
   *
   * @throws VersionLostError when it is not.
   */
  at(ref: SetRef): WeightSet {
    const set = this.#sets.get(ref.name);
    if (!set) throw versionLost(ref);
    set.requireBase();
    set.history.requireVersion(ref.version);
    return set;
  }

  async load(request: LoadRequest, onTensor: OnTensor): Promise<SetInfo> {
    const { set: ref, fence, adapter } = request;
    const base = adapter && this.at(adapter.base);
    if (base && ref.name === adapter.base.name) {
      throw new RangeError(`load: ${ref.name} cannot be an adapter on itself; give one of them another name`);
    }
    const present = this.#sets.get(ref.name);
    const isRepeated = present?.history.isRepeatedLoad(loadOrigin(request), fence);
    if (isRepeated && present?.base?.set === base) return present!.info();
    const load = await prepareLoad(request, base, (config) => this.#architectureOf(config));
    // Freed before the new weights come: both may not fit.
    this.drop(ref.name);
    const set = await load(onTensor);
    this.#sets.set(ref.name, set);
    return set.info();
  }

  copy({ from, to, fence }: CopyRequest): SetInfo {
    if (from.name === to) throw new RangeError(`copy: ${to} cannot be a copy of itself; give the copy another name`);
    const origin = `copy of ${from.name}@${from.version}`;
    const present = this.#sets.get(to);
    if (present?.history.isRepeatedLoad(origin, fence)) return present.info();
    const original = this.at(from);
    this.drop(to);
    const ref = { name: to, version: from.version };
    const set = copyOf(original, ref, fence, origin, original.rewardModel);
    this.#sets.set(to, set);
    return set.info();
  }

  async merge(request: MergeRequest, onParameter: OnParameter): Promise<SetInfo> {
    const { to, fence } = request;
    const refs = mergedRefs(request);
    const origin = mergeOrigin(request);
    const present = this.#sets.get(to.name);
    if (present?.history.isRepeatedLoad(origin, fence)) return present.info();
    const sets = refs.map((ref) => ({ ref, set: this.at(ref) }));
    requireSameModel('merge', sets);
    this.drop(to.name);
    const merged = copyOf(sets[0]!.set, to, fence, origin);
    try {
      await mergeInto(merged, sets, request, onParameter);
    } catch (error) {
      merged.dispose();
      throw error;
    }
    this.#sets.set(to.name, merged);
    return merged.info();
  }

  drop(name: string): void {
    const dropped = this.#sets.get(name);
    dropped?.dispose();
    this.#sets.delete(name);
    if (!dropped?.moments || dropped.base) return;
    // As large as the weights: not kept where nothing is trained any more, as of reward models while policies are.
    const { architecture } = dropped;
    const isTrained = [...this.#sets.values()].some(
      (set) => set.moments && !set.base && set.architecture === architecture,
    );
    if (!isTrained) architecture.discardGradients();
  }

  /** Sets of one shape share the compiled functions. */
  #architectureOf(config: Architecture['config']): Architecture {
    const key = JSON.stringify(config);
    let architecture = this.#architectures.get(key);
    if (!architecture) this.#architectures.set(key, (architecture = new Architecture(config)));
    return architecture;
  }
}
