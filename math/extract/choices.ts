const LETTER = /(?<=^|[\s({])(?:\*\*)?([A-D])(?:\*\*)?(?=[.,:)\s}]|$)/g;
const BOXED = /\\boxed\s*\{\s*(?:\\text(?:bf)?\s*\{\s*)?\(?([A-D])\)?\s*\}/g;
/** What announces an answer, from the surest on, and how far after it the letter may stand. */
const ANNOUNCED = [
  /final answer is:?\s*\(?([A-D])\)?\.?\s?I hope/gi,
  /final answer.{0,100}?\s+is:?\s*\(?([A-D])(?![a-zA-Z])/gi,
  /answer:.{0,50}?(?:^|[\s(*])([A-D])(?=[.,:)*\s]|$)/gim,
  /answer.{0,50}?[\s(*]([A-D])(?=[.,:)*\s]|$)/gi,
];

/** The letter of a multiple-choice answer, A to D, in small: announced, boxed, at the start, or the last one there is. */
export function choiceIn(text: string): string | undefined {
  const [hoped, final, colon, announced] = ANNOUNCED.map((pattern) => lastCapital(text, pattern));
  const boxed = [...text.matchAll(BOXED)].at(-1)?.[1];
  const atStart = /^(?:\*\*)?([A-D])(?:\*\*)?(?=[.,:)\s]|$)/.exec(text)?.[1];
  const anywhere = [...text.matchAll(LETTER)].at(-1)?.[1];
  return (hoped ?? boxed ?? final ?? colon ?? announced ?? atStart ?? anywhere)?.toLowerCase();
}

function lastCapital(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)]
    .map((match) => match[1]!)
    .filter((letter) => letter === letter.toUpperCase())
    .at(-1);
}
