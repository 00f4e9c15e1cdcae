/** docs/math.md around its tables. */
export const MATH_TEXT = String.raw`# Mathematics

The reward ~math~ reads the answer that a completion ends with and compares it with the row's ~answer~. Every verdict has a reason:

| reason             | outcome          | when                                                                         |
| ------------------ | ---------------- | ---------------------------------------------------------------------------- |
| ~equal~            | scored 1         | the answers are the same                                                     |
| ~not_equal~        | scored 0         | they are not; also where neither has a value to compare                      |
| ~no_answer~        | policy error, 0  | nothing like an answer stands there                                          |
| ~pred_unparseable~ | policy error, 0  | an answer stands there that cannot be read                                   |
| ~cut_off~          | policy error, 0  | the token limit ended the completion                                         |
| ~gold_unparseable~ | abstained        | the row's own answer cannot be read                                          |
| ~timeout~          | timeout          | more work than an answer is worth: a count of steps, so the same every time   |

Parameters, with Math-Verify's meaning: ~extract~ (~latex~, ~expr~, ~string~), ~floatRounding~ (6), ~strict~ (true), ~allowSetRelation~ (false).

## False positives and negatives

A false positive is a wrong answer taken for right, a false negative a right one taken for wrong. {{made}}

| suite | cases | ours: false positives | ours: false negatives | Math-Verify: false positives | Math-Verify: false negatives |
| --- | --: | --: | --: | --: | --: |
{{rows}}

Our own cases are in ~test/math/cases.jsonl~: where both graders agree that is the label; every case on which they differ was decided by hand,
and so were the three in which ~0.\overline{3}~ stands for 1/3, which both had called wrong: ours reads decimals that repeat since 2026-11-29.
They were written along with the code: what they say for us is that nothing got worse.

What ours judges otherwise than a suite does:

| suite | right answer | given | the suite says |
| --- | --- | --- | --- |
{{wrong}}

- ~1 - 1/e~ is not ~1 + 1/e~: that verdict of Math-Verify's suite is an error of the grader which became a test.
- ~4, 10, -2~ in another order is the same list of solutions. ~is_equiv~ compares texts. A tuple, ~(4, 10, -2)~, keeps its order here too.
- Integrals and limits are equal where they are written the same; they are not computed.

## How it works

~math/~ has one idea in each file, in the order in which an answer passes through them:

1. ~extract/~ finds what may be the answer: "final answer is … I hope"; the last box, with those that belong to it, or "final answer … is"; "answer: …"; "answer …";
   the last formula or number. The order is Math-Verify's; formulas without dollar signs are found too. Texts are read from their last 200,000 characters.
2. ~latex/~ cuts it into tokens and reads a tree: numbers (exact), functions, sets, intervals, matrices, relations, lists, words. An answer has at most 4,000 characters and 50
   brackets inside each other. Where the best candidate cannot be read no other is taken in its place: that would be another answer.
3. ~compare/~ decides by what kind of thing the right answer is. A name before an equals sign is dropped when only one of the two has it; a relation may be given as its solution
   set; sets have no order; ~(1, 2)~ is an interval or a point. A unit counts where both have one; a percentage is also right without its sign.
4. ~value/~ decides whether two expressions are equal. Rational functions are compared modulo two primes near 2^61 at points that the variables' names decide: exact for numbers of any
   size, and nothing is expanded. Everything else is computed with 40 digits or more, at such points, wherever both have a real value.

A number written with decimals equals what rounds to the same at ~floatRounding~ decimals. Nothing else is rounded: 0.333 is not 1/3, 10^20 is not 10^20 + 1, √2 + 10^-60 is not √2.

Nothing backtracks and everything that can take long spends from a budget first, so no text can hang it. Runs judge in processes that are killed at the reward's time limit besides.

mathjs gives the numbers: decimals of any precision with their elementary functions. Its own algebra is not used, because ~simplify~ and ~rationalize~ work by rewriting rules
without a bound on time, and decide equality of forms, not of values. The reader of LaTeX is ours: the best one for JavaScript that we found (@cortex-js/compute-engine 0.27) has no
half-open intervals (~[0,1)~ is an error), reads ~11,\! 111~ as two numbers and ~sqrt(2)~ as four letters, and had not come back from 2,000 opening brackets after a minute.
`.replaceAll('~', '`');
