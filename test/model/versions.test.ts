import { describe, expect, test } from 'vitest';

import { FencedError, VersionLostError } from '../../model/api/errors.ts';
import { SetHistory, versionLost } from '../../model/versions.ts';

const createHistory = () => new SetHistory<string>({ name: 'run/policy', version: 7 }, 2, 'folder');
const update = { baseVersion: 7, fence: 2, digest: 'a' };

describe('updates', () => {
  test('a new update is applied once, and repeated as its answer', () => {
    const history = createHistory();
    expect(history.begin(update)).toEqual({ kind: 'apply' });
    history.commit('answer a');
    expect(history.version).toBe(8);
    expect(history.begin(update)).toEqual({ kind: 'done', answer: 'answer a' });
    expect(history.version).toBe(8);
  });

  test('an update further back is still answered', () => {
    const history = createHistory();
    for (const [step, digest] of ['a', 'b', 'c'].entries()) {
      history.begin({ ...update, baseVersion: 7 + step, digest });
      history.commit(`answer ${digest}`);
    }
    expect(history.begin(update)).toEqual({ kind: 'done', answer: 'answer a' });
    expect(history.version).toBe(10);
  });

  test.each([
    ['another batch on a version that was stepped from', { ...update, digest: 'b' }],
    ['an older version', { ...update, baseVersion: 6 }],
    ['a version not reached yet', { ...update, baseVersion: 9 }],
  ])('%s is VersionLostError', (_, asked) => {
    const history = createHistory();
    history.begin(update);
    history.commit('answer a');
    expect(() => history.begin(asked)).toThrow(VersionLostError);
    expect(history.version).toBe(8);
  });

  test('the message names the set, what was asked, what is there, and what to do', () => {
    expect(() => createHistory().begin({ ...update, baseVersion: 3 })).toThrow(
      'set run/policy: the request names version 3, the set is at version 7; load the last checkpoint',
    );
    expect(versionLost({ name: 'run/anchor', version: 4 }).message).toBe(
      'set run/anchor: the request names version 4, the set is not loaded; load the last checkpoint',
    );
  });

  test('an update that was begun and never committed loses the set, its repeat included', () => {
    const history = createHistory();
    history.begin(update);
    history.commit('answer a');
    history.begin({ ...update, baseVersion: 8, digest: 'b' });
    expect(() => history.begin({ ...update, baseVersion: 8, digest: 'b' })).toThrow(VersionLostError);
    expect(() => history.begin(update)).toThrow(VersionLostError);
    expect(() => history.requireVersion(8)).toThrow(/the step from version 8 failed half-way/);
  });

  test('answers are forgotten after 1024 updates, the oldest first', () => {
    const history = createHistory();
    for (let version = 7; version < 7 + 1025; version++) {
      history.begin({ ...update, baseVersion: version });
      history.commit(`answer ${version}`);
    }
    expect(() => history.begin(update)).toThrow(VersionLostError);
    expect(history.begin({ ...update, baseVersion: 8 })).toEqual({ kind: 'done', answer: 'answer 8' });
  });
});

describe('fences', () => {
  test('a lower fence is refused, also for an update that was done', () => {
    const history = createHistory();
    history.begin(update);
    history.commit('answer a');
    expect(() => history.begin({ ...update, fence: 1 })).toThrow(FencedError);
    expect(() => history.begin({ ...update, baseVersion: 8, digest: 'b', fence: 1 })).toThrow(FencedError);
  });

  test('a higher fence becomes the fence of the set', () => {
    const history = createHistory();
    history.begin({ ...update, fence: 3 });
    history.commit('answer a');
    expect(history.fence).toBe(3);
    expect(() => history.begin({ ...update, baseVersion: 8, digest: 'b' })).toThrow(FencedError);
    expect(history.begin({ ...update, fence: 3 })).toEqual({ kind: 'done', answer: 'answer a' });
  });

  test('an update at a wrong version does not raise the fence', () => {
    const history = createHistory();
    expect(() => history.begin({ ...update, baseVersion: 3, fence: 9 })).toThrow(VersionLostError);
    expect(history.fence).toBe(2);
  });
});

describe('loads over a set', () => {
  test('the same origin at the same fence is a repeat, also after steps', () => {
    const history = createHistory();
    expect(history.isRepeatedLoad('folder', 2)).toBe(true);
    history.begin(update);
    history.commit('answer a');
    expect(history.isRepeatedLoad('folder', 2)).toBe(true);
  });

  test('another origin, a higher fence, or a half-done step ask for a real load', () => {
    const history = createHistory();
    expect(history.isRepeatedLoad('other', 2)).toBe(false);
    expect(history.isRepeatedLoad('folder', 3)).toBe(false);
    history.begin(update);
    expect(history.isRepeatedLoad('folder', 2)).toBe(false);
  });

  test('a lower fence is refused', () => {
    expect(() => createHistory().isRepeatedLoad('folder', 1)).toThrow(FencedError);
  });
});
