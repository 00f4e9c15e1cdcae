import { afterAll, describe, expect, test } from 'vitest';

import { probe, sandbox, stillWorks } from '../attack.ts';

afterAll(() => sandbox.close());

/** Everything from which a global object can be had. Each must be that of an isolate, with nothing of Node's in it. */
const WAYS: Readonly<Record<string, string>> = {
  globalThis: 'globalThis',
  'this of a sloppy function': '(function () { return this })()',
  Function: 'Function("return this")()',
  'the constructor of a function': '(() => {}).constructor("return this")()',
  'the constructor of an async function':
    'globalThis && Object.getPrototypeOf(async () => {}).constructor("return this") && globalThis',
  'the constructor of a generator':
    'Object.getPrototypeOf(function* () {}).constructor("return this")().next().value ?? globalThis',
  'the constructor of a constructor': '({}).constructor.constructor("return this")()',
  'the constructor of a number': '(1).constructor.constructor("return this")()',
  'the constructor of an error': 'new Error().constructor.constructor("return this")()',
  'the constructor of a caught stack overflow':
    '(() => { const g = () => g(); try { g() } catch (e) { return e.constructor.constructor("return this")() } })()',
  'the constructor of console.log': 'console.log.constructor("return this")()',
  'the constructor of require': 'require.constructor("return this")()',
  'the constructor of setTimeout': 'setTimeout.constructor("return this")()',
  'the constructor of module': 'module.constructor.constructor("return this")()',
  lodash: 'require("lodash").constructor("return this")()',
  'lodash template': '(require("lodash").template("<% out = this %>")(), globalThis)',
  'indirect eval': '(0, eval)("this")',
  'the constructor of the arguments': '(function () { return arguments.constructor.constructor("return this")() })()',
  'Reflect.construct': 'Reflect.construct(Function, ["return this"])()',
  'a bound function': 'Function.prototype.bind.call(Function, null, "return this")()()',
  Proxy: 'new Proxy(Function, {})("return this")()',
  'a tagged template': '((s) => s.constructor.constructor("return this")())``',
  'a regular expression': '/a/.constructor.constructor("return this")()',
  'a promise': 'Promise.resolve().constructor.constructor("return this")()',
  'an iterator': '[][Symbol.iterator]().constructor.constructor("return this")()',
  'Array.fromAsync': 'Array.fromAsync.constructor("return this")()',
  'the frames of a stack':
    '(() => { Error.prepareStackTrace = (_, frames) => frames; const all = new Error().stack; return all.map((f) => f.getThis()).find((x) => x) ?? globalThis })()',
  'functions in the frames of a stack':
    '(() => { Error.prepareStackTrace = (_, frames) => frames; const all = new Error().stack; return all.map((f) => f.getFunction()).find((x) => x)?.constructor("return this")() ?? globalThis })()',
};

const OF_NODE = [
  'process', 'Buffer', 'global', 'fetch', 'WebSocket', 'XMLHttpRequest', 'performance', 'structuredClone', 'MessageChannel',
  'Worker', 'navigator', 'crypto', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry', 'ivm', '_ivm', 'Deno',
  'Bun', 'importScripts', 'postMessage', 'programRealm', 'judgeRealm', '$0', '$262', 'gc', 'd8', 'print', 'readFile', 'load', 'BroadcastChannel',
]; // prettier-ignore

describe('the global object by', () => {
  test.each(Object.entries(WAYS))('%s', async (_, expression) => {
    const code = `const f = () => { const g = ${expression}; const names = ${JSON.stringify(OF_NODE)};
      return names.filter((name) => name in g || typeof g[name] !== 'undefined') };`;
    expect(await probe(code, [])).toBe('as expected');
  });
});

test('the global object has no more than the language and what is documented', async () => {
  const code = `const f = () => Object.getOwnPropertyNames(globalThis).filter((n) => !KNOWN.includes(n) && n !== 'f' && n !== 'KNOWN').sort();
    var KNOWN = ${JSON.stringify(LANGUAGE)};`;
  const given = [
    'clearImmediate',
    'clearInterval',
    'clearTimeout',
    'console',
    'exports',
    'module',
    'queueMicrotask',
    'require',
  ];
  expect(await probe(code, [...given, 'setImmediate', 'setInterval', 'setTimeout'])).toBe('as expected');
});

const LANGUAGE = [
  'Object', 'Function', 'Array', 'Number', 'parseFloat', 'parseInt', 'Infinity', 'NaN', 'undefined', 'Boolean', 'String', 'Symbol',
  'Date', 'Promise', 'RegExp', 'Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError',
  'URIError', 'globalThis', 'JSON', 'Math', 'Intl', 'ArrayBuffer', 'Uint8Array', 'Int8Array', 'Uint16Array', 'Int16Array',
  'Uint32Array', 'Int32Array', 'BigUint64Array', 'BigInt64Array', 'Uint8ClampedArray', 'Float32Array', 'Float64Array', 'DataView',
  'Map', 'BigInt', 'Set', 'Iterator', 'WeakMap', 'WeakSet', 'Proxy', 'Reflect', 'WeakRef', 'decodeURI', 'decodeURIComponent',
  'encodeURI', 'encodeURIComponent', 'escape', 'unescape', 'eval', 'isFinite', 'isNaN', 'SuppressedError', 'DisposableStack',
  'AsyncDisposableStack', 'Float16Array',
]; // prettier-ignore

describe('modules', () => {
  test.each([
    'fs',
    'node:fs',
    'child_process',
    'net',
    'http',
    'os',
    'vm',
    'worker_threads',
    'isolated-vm',
    'process',
    'module',
    './x',
    '/etc/passwd',
    'lodash/../fs',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ])('require of %s throws', async (name) => {
    const code = `const f = () => { try { return typeof require(${JSON.stringify(name)}) } catch (e) { return e.message } }`;
    expect(await probe(code, `Cannot find module '${name}'`)).toBe('as expected');
  });

  test('require takes no object that becomes a name later', async () => {
    const code = `let n = 0; const f = () => { try { return require({ toString: () => (n++ ? 'fs' : 'lodash') }) } catch (e) { return e.message } }`;
    expect(await probe(code, "Cannot find module 'object'")).toBe('as expected');
  });

  test.each([
    'import("fs")',
    'import("node:fs")',
    'import("./main.ts")',
    'import("data:text/javascript,export default 1")',
  ])('%s is refused', async (expression) => {
    const code = `const f = async () => { try { await ${expression}; return 'loaded' } catch (e) { return 'refused' } }`;
    expect(await probe(code, 'refused')).toBe('as expected');
  });

  test('import and import.meta do not parse', async () => {
    expect(await probe('import fs from "fs"; const f = () => 1', 1)).toMatch(/^syntax/);
    expect(await probe('const f = () => import.meta.url', 1)).toMatch(/^syntax/);
  });
});

describe('memory outside of every limit is not to be had', () => {
  test.each([
    ['shared memory', 'new SharedArrayBuffer(8)'],
    ['shared memory through WebAssembly', 'new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })'],
    ['waiting', 'Atomics.wait(new Int32Array(4), 0, 0)'],
    ['buffers that grow', 'new ArrayBuffer(8, { maxByteLength: 2 ** 40 })'],
    [
      'buffers that grow, by the constructor of a buffer',
      'new (new Uint8Array(1).buffer.constructor)(8, { maxByteLength: 2 ** 40 })',
    ],
    ['buffers that grow, by Reflect', 'Reflect.construct(ArrayBuffer, [8, { maxByteLength: 2 ** 40 }], Object)'],
    ['buffers that grow, by a subclass', 'new (class extends ArrayBuffer {})(8, { maxByteLength: 2 ** 40 })'],
    ['buffers that grow, by species', 'new (ArrayBuffer[Symbol.species])(8, { maxByteLength: 2 ** 40 })'],
    ['buffers that grow, by transfer', 'new ArrayBuffer(8).transfer(16).resize(2 ** 30)'],
  ])('%s', async (_, expression) => {
    const code = `const f = () => { try { const b = ${expression}; return b?.resizable === false ? 'refused' : 'there' } catch { return 'refused' } }`;
    expect(await probe(code, 'refused')).toBe('as expected');
  });
});

describe('nothing stays from one test to the next', () => {
  test.each([
    ['a global', 'globalThis.seen = (globalThis.seen ?? 0) + 1; const f = () => globalThis.seen', 1],
    ['a prototype', 'Array.prototype.seen ??= 0; Array.prototype.seen++; const f = () => [].seen', 1],
    ['lodash', 'const _ = require("lodash"); _.seen = (_.seen ?? 0) + 1; const f = () => _.seen', 1],
    [
      'a symbol',
      'const f = () => { const s = Symbol.for("x"); Object.prototype[s] ??= 0; return ++Object.prototype[s] }',
      1,
    ],
    ['a regular expression', 'RegExp.$1; const f = () => RegExp.$1', ''],
    ['module', 'module.exports.n = (module.exports.n ?? 0) + 1; const f = () => module.exports.n', 1],
    [
      'a timer',
      'setInterval(() => { globalThis.late = true }, 1); const f = () => globalThis.late === undefined',
      true,
    ],
  ])('%s', async (_, code, expected) => {
    for (let i = 0; i < 3; i++) expect(await probe(code, expected)).toBe('as expected');
  });

  test('random numbers are the same in each run', async () => {
    const code = 'let n = Math.random(); const f = () => [n === Math.random(), n]';
    const first = await probe(code, []);
    expect(first).toMatch(/^failed: \(\) gave \[false, 0\./);
    expect(await probe(code, [])).toBe(first);
  });
});

test('the sandbox works on', async () => {
  expect(await stillWorks()).toBe(true);
});
