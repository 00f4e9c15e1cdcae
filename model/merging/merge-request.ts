import type { MergeRequest } from '../api/merging.ts';
import type { SetRef } from '../api/sets.ts';

/**
 * The sets a merge is made from; of a SLERP the base first.
 *
 * @throws RangeError for a merge of too few sets, of a set into itself, or with weights that say nothing.
 */
export function mergedRefs(request: MergeRequest): readonly SetRef[] {
  const refs = request.method === 'linear' ? request.parts.map(({ set }) => set) : [request.base, ...request.sets];
  const fewest = request.method === 'linear' ? 1 : 3;
  if (refs.length < fewest) {
    const expected = fewest === 1 ? 'at least 1 set' : 'a base and at least 2 sets';
    throw new RangeError(`merge: got ${refs.length} sets in all, expected ${expected}`);
  }
  if (refs.some(({ name }) => name === request.to.name)) {
    throw new RangeError(`merge: ${request.to.name} is made from itself; give the result another name`);
  }
  if (request.method === 'linear' && request.parts.every(({ weight }) => weight === 0)) {
    throw new RangeError('merge: every weight is 0, expected at least one that is not');
  }
  if (request.method === 'slerp' && request.lambdas.length !== request.sets.length - 1) {
    throw new RangeError(
      `merge: got ${request.lambdas.length} lambdas for ${request.sets.length} sets, expected ${request.sets.length - 1}`,
    );
  }
  return refs;
}

/** Tells one merge from another, as the source of the set that it makes. */
export function mergeOrigin(request: MergeRequest): string {
  const named = ({ name, version }: SetRef) => `${name}@${version}`;
  const { to } = request;
  if (request.method === 'linear') {
    const sum = request.parts.map(({ set, weight }) => `${weight} * ${named(set)}`).join(' + ');
    return `version ${to.version}: linear merge ${sum}`;
  }
  const { base, sets, lambdas } = request;
  return `version ${to.version}: slerp from ${named(base)} of ${sets.map(named).join(', ')} at ${lambdas.join(', ')}`;
}
