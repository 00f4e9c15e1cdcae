import * as z from 'zod';

import { JbondStage } from './jbond.ts';
import { RlooStage } from './rloo.ts';
import { stageFrom, stageName } from './stage-name.ts';

const UNNAMED = { name: true, from: true } as const;

/**
 * WARP (arXiv 2406.16768, Algorithm 1): several policies are trained from the same weights, in orders of their own, and merged
 * by SLERP of what each learned; a step back towards the beginning; and again from there.
 *
 * Defaults are those of its section 4, but for the number of iterations, which is five there.
 */
export const WarpStage = z.strictObject({
  kind: z.literal('warp'),
  name: stageName('warp'),
  from: stageFrom(),
  policies: z.int().min(2).max(16).default(2).describe('M: policies trained and merged in each iteration.'),
  iterations: z.int().positive().default(1).describe('I: times that policies are trained and merged.'),
  eta: z.number().min(0).max(1).default(0.3).describe('η: share of the merged policies; the rest is the beginning.'),
  schedule: z
    .enum(['paper', 'equal-weight'])
    .default('paper')
    .describe("Shares of the policies in the merge: the paper's 1/m, or all alike on the sphere. The same for two."),
  front: z
    .array(z.number().min(0).max(1))
    .default([])
    .describe('Values of η to evaluate at the end besides eta: the front between reward and KL.'),
  member: z
    .discriminatedUnion('kind', [RlooStage.omit(UNNAMED), JbondStage.omit(UNNAMED)])
    .describe('How each policy is trained: options of a rloo or jbond stage.'),
});

export type WarpStage = z.infer<typeof WarpStage>;

/** The stage that trains policy `member` of iteration `iteration`, both from 1: its name gives it rows and samples of its own. */
export function warpMember(
  { name, member: options }: WarpStage,
  iteration: number,
  member: number,
): RlooStage | JbondStage {
  return { ...options, name: `${name}-${iteration}-${member}` };
}

/** All of them, in order. */
export function warpMembers(stage: WarpStage): (RlooStage | JbondStage)[] {
  return Array.from({ length: stage.iterations * stage.policies }, (_, i) =>
    warpMember(stage, 1 + Math.floor(i / stage.policies), 1 + (i % stage.policies)),
  );
}
