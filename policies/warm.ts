/** How one fine-tuning of several differs from the others. */
export interface MemberPlan {
  readonly learningRate: number;
  readonly dropout: number;
  /** Seed of the order of the data and of the dropout. */
  readonly seed: number;
  /** Which of the checkpoints of the SFT run it begins with (Baklava). */
  readonly start: number;
}

export interface Diversity {
  readonly members: number;
  readonly learningRates: readonly number[];
  readonly dropouts: readonly number[];
  /** Checkpoints of the SFT run there are. */
  readonly starts: number;
  readonly seed: number;
}

/**
 * Plans of M fine-tunings that differ in learning rate, dropout, order of data and SFT checkpoint (WARM, arXiv 2401.12187,
 * section 3). Rates go round fastest, so that two neighbours never share theirs when there are several; the order is
 * always another.
 */
export function memberPlans({ members, learningRates, dropouts, starts, seed }: Diversity): MemberPlan[] {
  return Array.from({ length: members }, (_, i) => ({
    learningRate: learningRates[i % learningRates.length]!,
    dropout: dropouts[Math.floor(i / learningRates.length) % dropouts.length]!,
    seed: seed * 4099 + i,
    start: i % starts,
  }));
}

/** The best by accuracy, ties by their place; their places in order. */
export function bestByAccuracy(accuracies: readonly number[], count: number): number[] {
  const ranked = accuracies.map((_, i) => i).sort((a, b) => accuracies[b]! - accuracies[a]! || a - b);
  return ranked.slice(0, count).sort((a, b) => a - b);
}

/** Where a reward model comes from. */
export interface Lineage {
  /** Names it in errors. */
  readonly name: string;
  readonly baseSha256: string | undefined;
  readonly headSha256: string | undefined;
}

/**
 * Refuses reward models that do not belong together. Their average would be no better than chance: weights can be averaged
 * only within one basin, which a common pretrained model and a common probed head make (WARM, section 3.1).
 *
 * @throws RangeError naming two that differ, and in what.
 */
export function checkTogether(members: readonly Lineage[]): void {
  const [first, ...others] = members;
  if (!first || others.length === 0)
    throw new RangeError(`warm: got ${members.length} reward models, expected at least 2`);
  const facts = [
    ['baseSha256', 'were fine-tuned from different pretrained weights'],
    ['headSha256', 'began with different heads'],
  ] as const;
  for (const [fact, what] of facts) {
    const unknown = members.find((member) => member[fact] === undefined);
    if (unknown) {
      throw new RangeError(
        `warm: ${unknown.name} does not say what it was made from (${fact} in its reward_model.json); average reward ` +
          'models that cabochon trained',
      );
    }
    const other = others.find((member) => member[fact] !== first[fact]);
    if (!other) continue;
    throw new RangeError(
      `warm: ${first.name} and ${other.name} ${what} (${fact} ${first[fact]?.slice(0, 12)} and ` +
        `${other[fact]?.slice(0, 12)}), so their average means nothing; average members of one run`,
    );
  }
}

/** Mean over samples of the standard deviation of the members' rewards. rewards [members][samples] */
export function disagreement(rewards: readonly (readonly number[])[]): number {
  const samples = rewards[0]?.length ?? 0;
  let total = 0;
  for (let i = 0; i < samples; i++) {
    const mean = rewards.reduce((sum, member) => sum + member[i]!, 0) / rewards.length;
    total += Math.sqrt(rewards.reduce((sum, member) => sum + (member[i]! - mean) ** 2, 0) / (rewards.length - 1));
  }
  return total / samples;
}
