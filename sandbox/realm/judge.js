// The realm of the tests: it alone knows what is expected, and the program has no way into it. See bridge.js.

let runJudgeTimer = null;
let testCode = '';
let testNames = [];
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
  connectPeer(other, limit);
  apply(program, undefined, ['connect', (text) => serve(text, () => undefined)]);
}

/** Makes the program's names known here: functions as stand-ins, the rest read anew at each use. */
function introduce(names) {
  const wanted = [];
  for (let i = 0; i < names.length; i++) if (!(names[i] in globalThis)) append(wanted, names[i]);
  const found = unwrap(ask('lookup', wanted), null);
  for (let i = 0; i < found.length; i++) {
    const name = found[i][0];
    if (typeof found[i][1] === 'function') define(name, found[i][1]);
    else {
      defineProperty(globalThis, name, {
        __proto__: null,
        get: () => unwrap(ask('read', name), null),
        set: (value) => define(name, value),
        configurable: true,
        enumerable: false,
      });
    }
  }
}

function runTests() {
  try {
    introduce(testNames);
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
        testNames = jsonParse(second);
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
