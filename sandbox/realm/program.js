// The realm of the program. Nothing here is trusted once the program runs: what it answers is only ever taken as what the
// program says, and is compared elsewhere.

const printed = createOutput(10_000_000);
const programModule = { exports: {} };
let runProgramTimer = null;
let charLimit = 0;
/** Evaluates a name in the program's own scope. */
let exporter = null;
/** What the call came to, as a text; null while it did not. */
let callState = null;

function readName(name) {
  try {
    const value = exporter(name);
    if (value !== undefined) return value;
  } catch {
    // Not a name of the program's.
  }
  const { exports } = programModule;
  return (typeof exports === 'object' || typeof exports === 'function') && exports !== null ? exports[name] : undefined;
}

function faultText(kind, phase, thrown) {
  const described = describeThrown(thrown);
  return `["${kind}",${jsonStringify(`${phase}\n${described[0]}\n${described[1]}`)}]`;
}

/**
 * Runs the program's top level.
 *
 * @param {number} limit most characters that it may print or return
 * @returns {string} a state when that failed, else nothing
 */
function loadProgram(source, limit, input) {
  charLimit = limit;
  define('module', programModule);
  define('exports', programModule.exports);
  if (input !== undefined) defineInput(input, printed);
  try {
    exporter = indirectEval(`${source}\n;((name) => eval(name))`);
    return '';
  } catch (thrown) {
    return faultText('error', 'load', thrown);
  }
}

function returned(value) {
  try {
    return `["value",${jsonStringify(encode(value, charLimit, null))}]`;
  } catch (thrown) {
    return faultText('output', 'return', thrown);
  }
}

function callProgram(entryPoint, argsText) {
  const entry = readName(entryPoint);
  if (typeof entry !== 'function') return `["error",${jsonStringify(`load\n\n${entryPoint} is not a function here`)}]`;
  try {
    const value = apply(entry, undefined, decode(argsText, null));
    if (typeof value !== 'object' || value === null || getPrototypeOf(value) !== PromisePrototype)
      return returned(value);
    then(
      value,
      (result) => void (callState = returned(result)),
      (reason) => void (callState = faultText('error', 'call', reason)),
    );
    return null;
  } catch (thrown) {
    return faultText('error', 'call', thrown);
  }
}

/**
 * Has the judge work. V8 lets a program make functions of texts only in the realm that the host entered first: it must be
 * the program's. Nothing that is said here decides anything; the host asks the judge for its verdict directly.
 */
function enterJudge(judge, operation) {
  try {
    return apply(judge, undefined, [operation]);
  } catch {
    return ''; // the end of the stack
  }
}

function turnProgram() {
  try {
    return runProgramTimer() ? 'more' : '';
  } catch (thrown) {
    callState = faultText('error', 'timer', thrown);
    return '';
  }
}

function outputState() {
  return printed.exceeded() || printed.text().length > charLimit
    ? '["output","print\\n\\nprinted too much"]'
    : `["value",${jsonStringify(printed.text())}]`;
}

function createProgram() {
  runProgramTimer = createTimers();
  define('console', createConsole(printed));
  define('require', createRequire(libraries(null)));
  return (operation, first, second, third, fourth) => {
    switch (operation) {
      case 'connect':
        connectPeer(first, charLimit, false);
        return '';
      case 'serve':
        return serve(first, readName);
      case 'enter':
        return enterJudge(first, second);
      case 'load':
        return loadProgram(first, second, third);
      case 'run': {
        const failure = loadProgram(first, fourth);
        callState = failure === '' ? callProgram(second, third) : failure;
        return callState ?? '["pending"]';
      }
      case 'tick':
        return turnProgram();
      case 'state':
        return callState ?? '["pending"]';
      case 'output':
        return outputState();
    }
    return '';
  };
}

/** Standard input and output in the forms that programs use: stand-ins without anything behind them. */
function defineInput(input, output) {
  const lines = splitText(input, '\n');
  if (lines.length > 0 && lines[lines.length - 1] === '') lines.length--;
  let next = 0;
  const nextLine = () => (next < lines.length ? lines[next++] : null);
  const later = (callback, value) => {
    if (typeof callback === 'function') setTimeout(() => callback(value), 0);
  };
  const interfaceOf = () => {
    const reader = {
      on: (event, callback) => {
        if (event === 'line') for (let i = 0; i < lines.length; i++) later(callback, lines[i]);
        if (event === 'close') later(callback);
        return reader;
      },
      question: (_, callback) => later(callback, nextLine() ?? ''),
      close: () => undefined,
      async *[Symbol.asyncIterator]() {
        for (let line = nextLine(); line !== null; line = nextLine()) yield line;
      },
    };
    reader.once = reader.on;
    return reader;
  };
  const stdin = {
    setEncoding: () => stdin,
    resume: () => stdin,
    on: (event, callback) => {
      if (event === 'data' && input !== '') later(callback, input);
      if (event === 'end' || event === 'close') later(callback);
      return stdin;
    },
  };
  const write = (text) => (output.write(`${text}`), true);
  define('process', { stdin, stdout: { write }, argv: ['node', 'program'], env: {}, nextTick: queueMicrotask });
  define('readline', nextLine);
  const modules = libraries(null);
  const fs = { readFileSync: () => input, writeSync: (_, text) => write(text) };
  const readline = { createInterface: interfaceOf };
  modules.fs = modules['node:fs'] = () => fs;
  modules.readline = modules['node:readline'] = () => readline;
  define('require', createRequire(modules));
}
