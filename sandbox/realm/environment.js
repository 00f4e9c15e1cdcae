// What both realms have beyond the language: a console, timers that take no time, a few pure libraries.

/** Removed: memory outside every limit, threads, and what runs when the collector feels like it. */
const REMOVED = ['SharedArrayBuffer', 'WebAssembly', 'Atomics', 'FinalizationRegistry'];

function restrictGlobals() {
  for (let i = 0; i < REMOVED.length; i++) delete globalThis[REMOVED[i]];
}

/** Array buffers that grow reserve their memory past the limit: refused. */
function restrictBuffers() {
  const Restricted = new BuiltIn.Proxy(BuiltIn.ArrayBuffer, {
    __proto__: null,
    construct: (target, given, newTarget) => {
      if (
        given.length > 1 &&
        typeof given[1] === 'object' &&
        given[1] !== null &&
        given[1].maxByteLength !== undefined
      ) {
        throw limitError('array buffers that can grow are not available here');
      }
      return construct(target, [given[0]], newTarget);
    },
  });
  define('ArrayBuffer', Restricted);
  defineProperty(BuiltIn.ArrayBuffer.prototype, 'constructor', {
    __proto__: null, value: Restricted, writable: true, enumerable: false, configurable: true,
  }); // prettier-ignore
}

function define(name, value) {
  defineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}

/** Text kept up to a limit; what comes after only says that there was more. */
function createOutput(limit) {
  let text = '';
  let exceeded = false;
  return {
    __proto__: null,
    write: (more) => {
      if (exceeded) return;
      if (text.length + more.length > limit) exceeded = true;
      else text += more;
    },
    text: () => text,
    exceeded: () => exceeded,
  };
}

function createConsole(output) {
  const print = (...given) => {
    let line = '';
    for (let i = 0; i < given.length; i++)
      line += (i === 0 ? '' : ' ') + (typeof given[i] === 'string' ? given[i] : inspect(given[i], 0));
    output.write(`${line}\n`);
  };
  const nothing = () => undefined;
  return {
    log: print, info: print, debug: print, warn: nothing, error: nothing, trace: nothing, table: nothing, time: nothing,
    timeEnd: nothing, group: nothing, groupEnd: nothing, assert: nothing, count: nothing, dir: print,
  }; // prettier-ignore
}

/** A value as Node prints it on one line, to a depth of 3. */
function inspect(value, depth) {
  if (typeof value === 'string') return indexOf(value, "'") < 0 ? `'${value}'` : jsonStringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return 'Symbol()';
  if (typeof value === 'function') return '[Function]';
  if (typeof value !== 'object' || value === null) return sameValue(value, -0) ? '-0' : `${value}`;
  const list = isArray(value);
  if (depth > 2) return list ? '[Array]' : '[Object]';
  if (isError(getPrototypeOf(value))) {
    const described = describeThrown(value);
    return `${described[0]}: ${described[1]}`;
  }
  let text = '';
  const names = objectKeys(value);
  for (let i = 0; i < names.length && text.length < 100_000; i++) {
    text += `${i === 0 ? '' : ', '}${list ? '' : `${names[i]}: `}${inspect(value[names[i]], depth + 1)}`;
  }
  return list ? (text === '' ? '[]' : `[ ${text} ]`) : text === '' ? '{}' : `{ ${text} }`;
}

/** Timers of a clock that jumps to the next one as soon as nothing else is to do. */
function createTimers() {
  let now = 0;
  let last = 0;
  let queue = [];
  const add = (callback, delay, repeat, given) => {
    if (typeof callback !== 'function') throw new BuiltIn.TypeError('expected a function to call');
    const ms = delay > 1 ? +delay : 1;
    const timer = { __proto__: null, number: ++last, at: now + ms, every: repeat ? ms : 0, callback, given };
    append(queue, timer);
    return timer.number;
  };
  const remove = (number) => {
    const kept = [];
    for (let i = 0; i < queue.length; i++) if (queue[i].number !== number) append(kept, queue[i]);
    queue = kept;
  };
  define('setTimeout', (callback, delay, ...given) => add(callback, delay, false, given));
  define('setInterval', (callback, delay, ...given) => add(callback, delay, true, given));
  define('setImmediate', (callback, ...given) => add(callback, 0, false, given));
  define('clearTimeout', remove);
  define('clearInterval', remove);
  define('clearImmediate', remove);
  define('queueMicrotask', (callback) => void then(new BuiltIn.Promise((resolve) => resolve()), () => callback()));
  /** Runs the next timer. False when there is none. */
  return () => {
    let next = null;
    for (let i = 0; i < queue.length; i++) if (next === null || queue[i].at < next.at) next = queue[i];
    if (next === null) return false;
    now = next.at;
    if (next.every > 0) next.at = now + next.every;
    else remove(next.number);
    apply(next.callback, undefined, next.given);
    return true;
  };
}

/** `require` of the libraries that are there. */
function createRequire(modules) {
  return (name) => {
    const known = typeof name === 'string' && hasOwn(modules, name) ? modules[name] : undefined;
    if (known !== undefined) return known();
    throw new BuiltIn.Error(`Cannot find module '${typeof name === 'string' ? sliceText(name, 0, 100) : typeof name}'`);
  };
}
