// `assert` as tests use it. Every assertion made, console.assert's too, is counted.

function createAssertions() {
  // An assertion has failed until it is seen to hold: a program may have it made where the stack ends.
  const count = { __proto__: null, made: 0, failed: 0, first: '' };
  const fail = (given, fallback) => {
    const message = typeof given === 'string' && given !== '' ? given : fallback;
    if (count.first === '') count.first = `assertion ${count.made}: ${sliceText(message, 0, 300)}`;
    return message;
  };
  const check = (holds, given, fallback) => {
    count.made++;
    count.failed++;
    if (holds) return void count.failed--;
    if (typeof given === 'object' && given !== null && isError(getPrototypeOf(given))) {
      fail(describeThrown(given)[1], fallback);
      throw given;
    }
    const error = new BuiltIn.Error(fail(given, fallback));
    put(error, 'name', 'AssertionError');
    throw error;
  };
  const shown = (value) => sliceText(inspect(value, 0), 0, 120);
  const equalOr = (test) => (actual, expected, given) =>
    check(test(actual, expected), given, `got ${shown(actual)}, expected ${shown(expected)}`);
  const differsOr = (test) => (actual, expected, given) =>
    check(!test(actual, expected), given, `got ${shown(actual)} again`);
  const assert = (value, given) => check(!!value, given, `got ${shown(value)}, expected something true`);
  const throws = (work, expected, given) => {
    let thrown = null;
    try {
      work();
    } catch (error) {
      thrown = [error];
    }
    check(thrown !== null && matches(thrown[0], expected), given, 'expected it to throw otherwise');
  };
  const rejects = (work, expected, given) =>
    then(
      new BuiltIn.Promise((resolve) => resolve(typeof work === 'function' ? work() : work)),
      () => check(false, given, 'expected it to reject'),
      (error) => check(matches(error, expected), given, 'expected it to reject otherwise'),
    );
  const loose = (a, b) => a == b || (a !== a && b !== b);
  const all = {
    ok: assert, equal: equalOr(loose), notEqual: differsOr(loose), strictEqual: equalOr(sameValue),
    notStrictEqual: differsOr(sameValue), deepEqual: equalOr(deepEqual), deepStrictEqual: equalOr(deepEqual),
    notDeepEqual: differsOr(deepEqual), notDeepStrictEqual: differsOr(deepEqual), throws, rejects,
    fail: (given) => check(false, given, 'failed'),
  }; // prettier-ignore
  const names = objectKeys(all);
  for (let i = 0; i < names.length; i++) put(assert, names[i], all[names[i]]);
  put(assert, 'strict', assert);
  const consoleAssert = (holds, ...given) => {
    count.made++;
    count.failed++;
    if (holds) count.failed--;
    else fail(given[0], 'console.assert was not true');
  };
  return { __proto__: null, assert, consoleAssert, count };
}

function matches(error, expected) {
  if (typeof expected !== 'object' && typeof expected !== 'function') return true;
  if (expected === null) return true;
  if (typeof expected === 'function') return error instanceof expected;
  if (getPrototypeOf(expected) === RegExpPrototype) return regExpTest(expected, describeThrown(error)[1]);
  const names = objectKeys(expected);
  for (let i = 0; i < names.length; i++) if (!deepEqual(error[names[i]], expected[names[i]])) return false;
  return true;
}

/** Equal data: what encodes to the same text, with an object's keys in any order. */
function deepEqual(a, b) {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return sameValue(a, b) || (a === 0 && b === 0);
  const prototype = getPrototypeOf(a);
  if (prototype !== getPrototypeOf(b) || isArray(a) !== isArray(b)) return false;
  if (!isContainer(a)) return encode(a, 1e6, null) === encode(b, 1e6, null);
  const names = objectKeys(a);
  if (names.length !== objectKeys(b).length || (isArray(a) && a.length !== b.length)) return false;
  for (let i = 0; i < names.length; i++) {
    if (!hasOwn(b, names[i]) || !deepEqual(a[names[i]], b[names[i]])) return false;
  }
  return true;
}
