import { expect, test } from 'vitest';

import { duel } from '../../bench/duel.ts';
import { exponent } from '../../bench/growth.ts';
import type { SideCommand } from '../../bench/side.ts';

/** A side in a process of its own that claims a time for each turn, and notes when it was its turn in `order`. */
const side = (name: string, seconds: number, units = 100): SideCommand => ({
  name,
  program: process.execPath,
  args: [
    '-e',
    `const say = (message) => console.log('@bench ' + JSON.stringify(message));
     console.log('a library says something');
     say({ ready: { version: 1 } });
     require('node:readline').createInterface({ input: process.stdin }).on('line', () =>
       say({ turn: { seconds: ${seconds}, units: ${units}, result: 7 } }));`,
  ],
});
const broken: SideCommand = {
  name: 'broken',
  program: process.execPath,
  args: ['-e', `console.error('no such dtype'); process.exit(3)`],
};
const lines: string[] = [];
const context = { log: (line: string) => void lines.push(line), model: 'none' };
const options = { name: 'toy', unit: 'things/s', repeats: 2 };

test.each([
  ['both loaded', 0],
  ['one at a time', Infinity],
])('the best peer decides, and one that fails is reported with its reason: %s', async (_, bytesTogether) => {
  const peers = [side('slow', 4), broken, side('fast', 2)];
  const record = await duel({ ...options, ours: side('ours', 1), peers, bytesTogether }, context);
  expect(record).toMatchObject({
    ...{ name: 'toy', ours: 100, peers: { slow: 25, broken: null, fast: 50 }, ratio: 2, unit: 'things/s', n: 2 },
    failed: { broken: expect.stringMatching(/broken: ended with exit code 3: .*no such dtype/) as string },
  });
});

test('a peer that did other work is no peer', async () => {
  const peers = [side('lazy', 1, 50), side('fair', 1)];
  const record = await duel({ ...options, ours: side('ours', 1), peers, bytesTogether: 0 }, context);
  expect(record.failed).toEqual({ lazy: 'lazy: not the same work: 100 units here, 50 there' });
});

test('a fault of ours is never a result', async () => {
  const ours = { ...broken, name: 'ours' };
  await expect(duel({ ...options, ours, peers: [side('fair', 1)], bytesTogether: 0 }, context)).rejects.toThrow(
    /^ours/,
  );
});

test('the exponent is that of the large sizes', () => {
  const points = [1, 2, 4, 8, 16, 32].map((size) => {
    return { size, seconds: size < 8 ? 5 : 0.1 * size ** 2, peakGiB: size, parameters: 1 };
  });
  expect([exponent(points, 'seconds'), exponent(points, 'peakGiB')]).toEqual([2, 1]);
});
