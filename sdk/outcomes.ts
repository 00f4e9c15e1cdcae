import type { Outcome, Reward } from './reward.ts';

/**
 * Makes full outcomes of what a reward returned for `count` samples, and holds it to its word.
 *
 * A number or `{ score }` becomes `scored`, null `abstained`. Whatever breaks the contract (another count, a score that is
 * not finite or outside the declared range, no outcome at all) becomes `infra_error` with a reason: a fault of the reward
 * must not count as a bad completion.
 */
export function normalizeOutcomes(reward: Pick<Reward, 'name' | 'range'>, raw: unknown, count: number): Outcome[] {
  const fault = (reason: string): Outcome => ({ outcome: 'infra_error', reason: `reward ${reward.name}: ${reason}` });
  const wrongCount = countProblem(raw, count);
  if (wrongCount !== null) return Array.from({ length: count }, () => fault(wrongCount));
  return (raw as unknown[]).map((value: unknown) => normalize(value, reward.range, fault));
}

/** Why `raw` is not a list of `count` outcomes; null when it is one. */
export function countProblem(raw: unknown, count: number): string | null {
  if (Array.isArray(raw) && raw.length === count) return null;
  const got = Array.isArray(raw) ? `${raw.length} outcomes` : describe(raw);
  return `got ${got}, expected ${count} outcomes`;
}

/** The number in an outcome; null when it has none. */
export function scoreOf(outcome: Outcome): number | null {
  return outcome.outcome === 'scored' || outcome.outcome === 'policy_error' ? outcome.score : null;
}

/** Whether the machinery failed: such an outcome says nothing about the completion. */
export function isFault({ outcome }: Outcome): boolean {
  return outcome === 'infra_error' || outcome === 'timeout';
}

function normalize(value: unknown, range: readonly [number, number], fault: (reason: string) => Outcome): Outcome {
  if (value === null) return { outcome: 'abstained', reason: 'no score given' };
  const outcome = expand(value);
  if (!isOutcome(outcome))
    return fault(`got ${describe(value)}, expected a number, null or an outcome with its fields`);
  const score = scoreOf(outcome);
  if (score === null || (score >= range[0] && score <= range[1])) return plain(outcome);
  return fault(`got score ${score}, expected one from ${range[0]} to ${range[1]}`);
}

function expand(value: unknown): unknown {
  if (typeof value === 'number') return { outcome: 'scored', score: value };
  const isShort = typeof value === 'object' && value !== null && 'score' in value && !('outcome' in value);
  return isShort ? { outcome: 'scored', ...value } : value;
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== 'object' || value === null || !('outcome' in value)) return false;
  const { outcome, score, reason } = value as { outcome: unknown; score?: unknown; reason?: unknown };
  const hasScore = outcome === 'scored' || outcome === 'policy_error';
  if (!hasScore && outcome !== 'abstained' && outcome !== 'infra_error' && outcome !== 'timeout') return false;
  if (hasScore !== (typeof score === 'number')) return false;
  return typeof reason === 'string' || (outcome === 'scored' && reason === undefined);
}

/** The outcome's own fields and nothing a reward added to them. */
function plain({ outcome, reason, ...rest }: Outcome): Outcome {
  const score = 'score' in rest ? { score: rest.score } : {};
  return { outcome, ...score, ...(reason !== undefined && { reason }) } as Outcome;
}

function describe(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
