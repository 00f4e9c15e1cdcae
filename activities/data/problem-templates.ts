export type Operator = '+' | '-' | '*' | '/';

/**
 * Questions by the operation that answers them, as `{a} operation {b}`. Each stays near 25 tokens: short prompts are
 * what makes many of them affordable. No pronouns, so that any name fits.
 */
export const TEMPLATES: Readonly<Record<Operator, readonly string[]>> = {
  '+': [
    '{name} has {a} {things} and buys {b} more. How many {things} does {name} have now?',
    'There are {a} {things} on the table and {b} on the floor. How many {things} are there in all?',
    '{name} found {a} {things} and {other} found {b}. How many {things} did they find together?',
    '{name} picked {a} {things} on Monday and {b} on Tuesday. How many {things} were picked in total?',
    '{other} gave {name} {b} {things}. {name} already had {a}. How many {things} does {name} have now?',
    'A box holds {a} red {things} and {b} blue {things}. How many {things} are in the box?',
    '{name} gave away {b} {things} and has {a} left. How many {things} did {name} have at first?',
    '{name} has {a} {things}. {other} has {b} more than {name}. How many {things} does {other} have?',
    'A shop sold {a} {things} in the morning and {b} in the evening. How many {things} did it sell?',
    '{name} put {a} {things} in a bag that held {b}. How many {things} are in the bag now?',
    'After {name} lost {b} {things}, {a} were left. How many {things} were there before?',
    'One shelf has {a} {things}, another has {b}. How many {things} do the two shelves have?',
  ],
  '-': [
    '{name} had {a} {things} and gave {b} to {other}. How many {things} are left?',
    'There were {a} {things} in a box. {name} took {b} out. How many {things} are still in the box?',
    '{name} has {a} {things} and {other} has {b}. How many more {things} does {name} have?',
    '{name} needs {a} {things} and has {b}. How many more {things} does {name} need?',
    'Of {a} {things}, {b} are broken. How many {things} are not broken?',
    '{name} lost {b} of {a} {things}. How many {things} does {name} still have?',
    'A shop had {a} {things} and sold {b}. How many {things} remain?',
    '{name} and {other} have {a} {things} together. {other} has {b}. How many {things} does {name} have?',
    '{name} bought some {things} and now has {a}. Before, {name} had {b}. How many {things} did {name} buy?',
    'There are {a} {things}. {b} are new and the others are old. How many {things} are old?',
    '{other} has {b} fewer {things} than {name}, who has {a}. How many {things} does {other} have?',
    '{name} packed {b} of the {a} {things}. How many {things} are not packed yet?',
  ],
  '*': [
    '{name} has {a} boxes with {b} {things} each. How many {things} does {name} have?',
    'There are {a} bags. Each bag holds {b} {things}. How many {things} are there in all?',
    '{name} buys {b} {things} every day for {a} days. How many {things} does {name} buy?',
    '{a} children bring {b} {things} each. How many {things} do they bring together?',
    '{name} puts {things} in {a} rows of {b}. How many {things} are there?',
    'One pack has {b} {things}. How many {things} are in {a} packs?',
    'Each of {a} shelves holds {b} {things}. How many {things} are on the shelves?',
    '{name} has {b} {things}. {other} has {a} times as many. How many {things} does {other} have?',
    '{name} gives {b} {things} to each of {a} friends. How many {things} does {name} give away?',
    'A shop sells {b} {things} an hour. How many {things} does it sell in {a} hours?',
    'There are {a} tables with {b} {things} on each. How many {things} are on the tables?',
    '{name} makes {b} {things} a week. How many {things} does {name} make in {a} weeks?',
  ],
  '/': [
    '{name} shares {a} {things} equally among {b} friends. How many {things} does each friend get?',
    '{name} packs {a} {things} into {b} equal boxes. How many {things} are in each box?',
    '{name} puts {a} {things} in bags of {b}. How many bags does {name} need?',
    'There are {a} {things} in {b} equal rows. How many {things} are in one row?',
    '{b} children split {a} {things} evenly. How many {things} does each child get?',
    '{a} {things} stand on {b} shelves, the same number on each. How many {things} are on one shelf?',
    '{name} uses {b} {things} a day. How many days do {a} {things} last?',
    '{name} has {a} {things}, {b} times as many as {other}. How many {things} does {other} have?',
    'A pack holds {b} {things}. How many packs does {name} need for {a} {things}?',
    '{name} made {a} {things} in {b} hours. How many {things} did {name} make each hour?',
    '{name} sorts {a} {things} into groups of {b}. How many groups are there?',
    'A shop ships {a} {things} in {b} equal loads. How many {things} are in each load?',
  ],
};

/** One token each in Gemma's vocabulary, as are the things. */
export const NAMES: readonly string[] = (
  'Adam Alice Amy Anna Ben Carl Clara David Emma Eric Eva Frank Grace Henry Ivan Jack Jane John Julia Kate Laura Leo ' +
  'Lily Lisa Lucy Maria Mark Mary Max Mike Nina Oscar Paul Peter Rosa Ruth Sam Sara Simon Tom'
).split(' ');

export const THINGS: readonly string[] = (
  'apples balls balloons beads birds books bottles bricks buttons cakes candles cards coins cookies cups dolls eggs ' +
  'flowers forks hats keys lamps lemons letters nuts oranges pears pencils pens photos pictures plates rings roses ' +
  'shells shirts spoons stamps stickers stones toys trees'
).split(' ');
