import * as z from 'zod';

/** Whether a response follows an instruction of one kind, given the instruction's arguments. */
export interface Checker<Args = never> {
  /** Strict schema of the arguments, as the data's `kwargs` give them. */
  readonly args: z.ZodType<Args>;
  follows(response: string, args: Args): boolean;
}

/** Declares a checker; the types of its arguments flow into `follows`. */
export function checker<Shape extends z.ZodRawShape>(
  shape: Shape,
  follows: (response: string, args: z.infer<z.ZodObject<Shape>>) => boolean,
): Checker {
  return { args: z.strictObject(shape), follows } as unknown as Checker;
}

/** How a count is compared; no other words are known. */
export const Relation = z.enum(['less than', 'at least']);
export const Count = z.int().min(0);

/** `count` against a threshold. */
export function holds(count: number, relation: z.infer<typeof Relation>, threshold: number): boolean {
  return relation === 'less than' ? count < threshold : count >= threshold;
}
