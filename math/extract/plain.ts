import type { Span } from './boxed.ts';

const CURRENCY = '$€£¥₹₽₪₩₫฿₱₴₦₺';
/** Thousands separated; decimals after a point or a comma; an integer. */
const NUMBER = `(?:-?[1-9]\\d{0,2}(?:[ ,]\\d{3})+(?!\\d)(?:\\.\\d+)?|-?\\d+[.,]\\d+|-?\\.\\d+|-?\\d+)`;
const PERCENT = '(?:\\s*(?:%|[Pp]ercentage|[Pp]ercent|[Pp]ct))?';
/** What may stand before a number: the start, a space, an equals sign, an opening of stress; then money. */
const PLAIN_NUMBER = new RegExp(`(?<=^|[\\s=:>]|\\*\\*)[${CURRENCY}]?(${NUMBER}${PERCENT})`, 'gu');
/** Numbers with operators between: `1/2`, `2 + 3*4`. A character at a time, so that nothing is read twice. */
const CALCULATION = /(?<=^|[\s=]|\*\*)-?\(?-?\d[\d.\s+*×/^()÷-]{0,300}/g;

/** The numbers and calculations that stand in running text, left to right. `H2O` holds none. */
export function numbersIn(text: string): Span[] {
  const numbers = [...text.matchAll(PLAIN_NUMBER)].map((match): Span => {
    const [whole, number] = match as unknown as [string, string];
    return { start: match.index, end: match.index + whole.length, content: asWritten(number) };
  });
  const calculations = [...text.matchAll(CALCULATION)].flatMap(({ index, 0: found }): Span[] => {
    const content = calculation(found);
    const after = text[index + content.length] ?? '';
    if (content === '' || !/^[\s.,:)$*]?$/.test(after)) return [];
    return [{ start: index, end: index + content.length, content }];
  });
  return [...numbers, ...calculations].sort((a, b) => a.start - b.start);
}

/** The part up to the last digit or bracket; empty unless it holds an operator between numbers. */
function calculation(found: string): string {
  const line = found.split('\n')[0]!;
  const content = /\)\s*$|\d[^\d]*$/.exec(line)
    ? line.slice(0, Math.max(line.lastIndexOf(')'), lastDigit(line)) + 1)
    : '';
  const isBalanced = content.split('(').length === content.split(')').length;
  return isBalanced && /[\d)]\s*[-+*×/^÷]\s*[-(]*[\d.]/.test(content) ? content : '';
}

function lastDigit(text: string): number {
  for (let at = text.length - 1; at >= 0; at--) if (/\d/.test(text[at]!)) return at;
  return -1;
}

/** Without separators between thousands, with a point before decimals. */
export function asWritten(number: string): string {
  const percent = /[%\sA-Za-z]*$/.exec(number)![0];
  let digits = number.slice(0, number.length - percent.length);
  if (/^-?[1-9]\d{0,2}(?:[ ,]\d{3})+(?:\.\d+)?$/.test(digits)) digits = digits.replace(/[ ,]/g, '');
  return digits.replace(',', '.') + (percent.trim() ? '%' : '');
}

const WHOLE_NUMBER = new RegExp(`^\\s*[${CURRENCY}]?(${NUMBER}${PERCENT})\\s*[${CURRENCY}.]?\\s*$`, 'u');

/** A text that is one number and nothing else, as `asWritten`. */
export function wholeNumber(text: string): string | undefined {
  const number = text.length > 1200 ? undefined : WHOLE_NUMBER.exec(text)?.[1];
  return number === undefined ? undefined : asWritten(number);
}
