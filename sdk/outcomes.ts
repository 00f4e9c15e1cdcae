import type { Outcome, Reward } from './reward.ts';

/**
 * Makes full outcomes of what a reward returned for `count` samples, and holds it to its word.
 *
 * A number becomes `scored`, null `abstained`. Whatever breaks the contract (another count, a score that is not finite or
 * outside the declared range, no outcome at all) becomes `infra_error` with a reason: a fault of the reward must not
 * count as a bad completion.
 */
export function normalizeOutcomes(reward: Pick<Reward, 'name' | 'range'>, raw: unknown, count: number): Outcome[] {
  const fault = (reason: string): Outcome => ({ outcome: 'infra_error', reason: `reward ${reward.name}: ${reason}` });
  if (!Array.isArray(raw) || raw.length !== count) {
    const got = Array.isArray(raw) ? `${raw.length} outcomes` : describe(raw);
    return Array.from({ length: count }, () => fault(`got ${got}, expected ${count} outcomes`));
  }
  return raw.map((value: unknown) => normalize(value, reward.range, fault));
}

/** The number in an outcome; null when it has none. */
export function scoreOf(outcome: Outcome): number | null {
  return outcome.outcome === 'scored' || outcome.outcome === 'policy_error' ? outcome.score : null;
}

function normalize(value: unknown, range: readonly [number, number], fault: (reason: string) => Outcome): Outcome {
  if (value === null) return { outcome: 'abstained', reason: 'no score given' };
  const outcome = typeof value === 'number' ? { outcome: 'scored', score: value } : value;
  if (!isOutcome(outcome))
    return fault(`got ${describe(value)}, expected a number, null or an outcome with its fields`);
  const score = scoreOf(outcome);
  if (score === null || (score >= range[0] && score <= range[1])) return outcome;
  return fault(`got score ${score}, expected one from ${range[0]} to ${range[1]}`);
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== 'object' || value === null || !('outcome' in value)) return false;
  const { outcome, score, reason } = value as { outcome: unknown; score?: unknown; reason?: unknown };
  const hasScore = outcome === 'scored' || outcome === 'policy_error';
  if (!hasScore && outcome !== 'abstained' && outcome !== 'infra_error' && outcome !== 'timeout') return false;
  if (hasScore !== (typeof score === 'number')) return false;
  return typeof reason === 'string' || (outcome === 'scored' && reason === undefined);
}

function describe(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
