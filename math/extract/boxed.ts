/** A stretch of a text; `content` is what the answer is read from. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly content: string;
}

const COMMAND = /\\f?box(?:ed)?(?![a-zA-Z])\s*/g;
/** Boxes this close belong together, and up to the second distance when a comma, "and" or "or" stands between. */
const ADJACENT = 10;
const NEAR = 70;

/** Every `\boxed{…}` and `\fbox{…}` that is not inside another, in one pass. The last one may be cut off. */
export function boxesIn(text: string): Span[] {
  const boxes: Span[] = [];
  const closes = closingBraces(text);
  for (const match of text.matchAll(COMMAND)) {
    const open = match.index + match[0].length;
    if (match.index < (boxes.at(-1)?.end ?? 0)) continue;
    if (text[open] !== '{') {
      const bare = /^[^\s$\\.,;]+/.exec(text.slice(open, open + 40))?.[0]; // \boxed 5
      if (bare !== undefined && /\s$/.test(match[0]))
        boxes.push({ start: match.index, end: open + bare.length, content: bare });
      continue;
    }
    const close = closes.get(open);
    if (close !== undefined)
      boxes.push({ start: match.index, end: close + 1, content: text.slice(open + 1, close).trim() });
    else
      return boxes.length > 0
        ? boxes
        : [{ start: match.index, end: text.length, content: text.slice(open + 1).trim() }];
  }
  return boxes;
}

/** Where each brace closes. Braces of a set, `\{`, count as text. */
function closingBraces(text: string): Map<number, number> {
  const closes = new Map<number, number>();
  const open: number[] = [];
  for (const { index, 0: found } of text.matchAll(/\\[{}]|[{}]/g)) {
    if (found === '{') open.push(index);
    else if (found === '}' && open.length > 0) closes.set(open.pop()!, index);
  }
  return closes;
}

/** The answer in boxes: the last one, with those right before it that belong to the same answer. */
export function lastBoxes(text: string): Span | undefined {
  const boxes = boxesIn(text);
  const last = boxes.at(-1);
  if (!last) return undefined;
  const together = [last];
  for (const box of boxes.slice(0, -1).reverse()) {
    const next = together[0]!;
    const between = text.slice(box.end, Math.min(next.start, box.end + NEAR));
    const gap = next.start - box.end;
    const isNear = gap < NEAR && box.content !== next.content && /\b(?:and|or)\b|[,;]/.test(between);
    if (gap >= ADJACENT && !isNear) break;
    if (box.content === next.content) together[0] = { ...next, start: box.start };
    else together.unshift(box);
  }
  return { start: together[0]!.start, end: last.end, content: together.map(({ content }) => content).join(',') };
}
