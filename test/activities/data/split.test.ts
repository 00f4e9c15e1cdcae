import { describe, expect, test } from 'vitest';

import { holdOut, rowsOfStep, shuffleRows } from '../../../activities/data/split.ts';

const rows = Array.from({ length: 50 }, (_, i) => `row ${i}`);

describe('holdOut', () => {
  test('puts each row on one side, the same ones each time', () => {
    const { train, heldOut } = holdOut(rows, 7, 12);
    expect(heldOut).toHaveLength(12);
    expect([...train, ...heldOut].sort()).toEqual([...rows].sort());
    expect(holdOut(rows, 7, 12)).toEqual({ train, heldOut });
    expect(holdOut(rows, 8, 12).heldOut).not.toEqual(heldOut);
  });

  test('by default holds out 500, at most a fifth', () => {
    expect(holdOut(rows, 7).heldOut).toHaveLength(10);
    expect(holdOut(Array.from({ length: 4000 }), 7).heldOut).toHaveLength(500);
  });

  test('refuses to leave nothing', () => {
    expect(() => holdOut(rows, 7, 50)).toThrow('data.holdout: got 50 of 50 rows');
    expect(() => holdOut(['a', 'b'], 7)).toThrow('got 0 of 2 rows');
  });
});

test('shuffleRows keeps every row', () => {
  expect(shuffleRows(rows, 1)).not.toEqual(rows);
  expect(shuffleRows(rows, 1).sort()).toEqual([...rows].sort());
});

describe('rowsOfStep', () => {
  const draw = (step: number, stage = 'sft') => rowsOfStep({ rows: 10, perStep: 4, step, seed: 7, stage });

  test('five steps of 4 go through 10 rows twice, each pass in its own order', () => {
    const draws = [0, 1, 2, 3, 4].flatMap((step) => draw(step));
    for (const epoch of [0, 1]) {
      const pass = draws.filter((each) => each.epoch === epoch).map(({ index }) => index);
      expect(pass.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    const order = (epoch: number) => draws.filter((each) => each.epoch === epoch).map(({ index }) => index);
    expect(order(0)).not.toEqual(order(1));
  });

  test('is the same whichever step is asked first, and another for another stage', () => {
    const late = draw(3);
    draw(0);
    expect(draw(3)).toEqual(late);
    expect(draw(3, 'jbond')).not.toEqual(late);
  });

  test('with a limit, the last step takes what is left', () => {
    const steps = [0, 1, 2, 3].map((step) => rowsOfStep({ rows: 5, perStep: 4, step, limit: 10, seed: 7, stage: 'x' }));
    expect(steps.map(({ length }) => length)).toEqual([4, 4, 2, 0]);
    expect(
      steps
        .flat()
        .map(({ index }) => index)
        .sort(),
    ).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  test('takes a step longer than all rows, and refuses no rows', () => {
    const request = { perStep: 5, step: 0, seed: 7, stage: 'x' };
    expect(rowsOfStep({ ...request, rows: 2 }).map(({ epoch }) => epoch)).toEqual([0, 0, 1, 1, 2]);
    expect(() => rowsOfStep({ ...request, rows: 0 })).toThrow('stage x: got 0 rows');
  });
});
