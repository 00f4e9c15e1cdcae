// The realm of the tests: it alone knows what is expected, and the program has no way into it. See bridge.js.

let runJudgeTimer = null;
let testCode = '';
/** Name, message and stack of what the tests threw. */
let testError = null;
let testsFinished = false;

function failTests(thrown) {
  const described = describeThrown(thrown);
  let stack = '';
  try {
    if (typeof thrown === 'object' && thrown !== null && isError(getPrototypeOf(thrown))) stack = thrown.stack;
  } catch {
    // A stand-in that does not want to be read.
  }
  testError ??= [described[0], described[1], typeof stack === 'string' ? sliceText(stack, 0, 2000) : ''];
  testsFinished = true;
}

function connectProgram(program, limit) {
  const other = (text) => {
    try {
      return apply(program, undefined, ['serve', text]);
    } catch {
      // Of the program's realm, and of the end of the stack: not to be touched.
      throw new BuiltIn.RangeError('Maximum call stack size exceeded');
    }
  };
  connectPeer(other, limit, true);
  apply(program, undefined, ['connect', (text) => serve(text, () => undefined)]);
}

/** What can be the name of a variable of the program's. */
const NAME = /^[A-Za-z_$][\w$]*$/;

/**
 * Names that the tests use and do not declare are the program's. They are asked for one by one when they are met: a list of
 * what stands in the tests would tell the program which words they expect. Functions are kept, the rest is read anew each time.
 */
function lendNames() {
  const read = (key) => {
    if (typeof key !== 'string' || !regExpTest(NAME, key)) return undefined;
    const value = unwrap(ask('read', key), null);
    if (typeof value === 'function') define(key, value);
    return value;
  };
  // Behind the global object, so that all that is declared here comes first.
  const behind = new BuiltIn.Proxy(objectCreate(ObjectPrototype), {
    __proto__: null,
    has: (target, key) => key in target || read(key) !== undefined,
    get: (target, key) => (key in target ? target[key] : read(key)),
    set: (_, key, value) => (define(key, value), true),
  });
  setPrototypeOf(globalObject, behind);
}

function runTests() {
  try {
    lendNames();
    const value = evaluateTests(testCode);
    if (typeof value === 'object' && value !== null && getPrototypeOf(value) === PromisePrototype) {
      then(value, () => void (testsFinished = true), failTests);
    } else testsFinished = true;
  } catch (thrown) {
    failTests(thrown);
  }
}

function turnTests() {
  try {
    return exchangeSettled() || runJudgeTimer() ? 'more' : '';
  } catch (thrown) {
    failTests(thrown);
    return '';
  }
}

function createJudge() {
  runJudgeTimer = createTimers();
  const { assert, consoleAssert, count } = createAssertions();
  define('console', { ...createConsole(createOutput(100_000)), assert: consoleAssert });
  define('assert', assert);
  define('require', createRequire(libraries(assert)));
  return (operation, first, second) => {
    switch (operation) {
      case 'connect':
        connectProgram(first, second);
        return '';
      case 'prepare':
        testCode = first;
        return '';
      case 'run':
        runTests();
        return '';
      case 'tick':
        return turnTests();
      case 'verdict': {
        const { made, failed, first: message } = count;
        return jsonStringify({ made, failed, first: message, error: testError, finished: testsFinished });
      }
    }
    return '';
  };
}
