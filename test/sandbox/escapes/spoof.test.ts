import { afterAll, describe, expect, test } from 'vitest';

import { passes, probe, sandbox, SECRET, stillWorks } from '../attack.ts';

afterAll(() => sandbox.close());

const OVERRIDES: Readonly<Record<string, string>> = {
  'JSON.stringify': 'JSON.stringify = () => "1"; JSON.parse = () => 1;',
  'toJSON of every object':
    'Object.prototype.toJSON = () => 1; Number.prototype.toJSON = () => 1; String.prototype.toJSON = () => "";',
  'console.assert': 'console.assert = () => {}; console = { assert() {}, log() {} };',
  'console for good':
    'Object.defineProperty(globalThis, "console", { value: { assert() {} }, writable: false, configurable: false });',
  require:
    'require = () => ({ isEqual: () => true, strictEqual() {}, deepStrictEqual() {} }); globalThis.require = require;',
  lodash: 'const l = require("lodash"); l.isEqual = () => true; Object.getPrototypeOf(l).isEqual = () => true;',
  assert: 'globalThis.assert = () => {}; assert.strictEqual = assert.deepStrictEqual = () => {};',
  'Array.prototype':
    'for (const n of Object.getOwnPropertyNames(Array.prototype)) if (typeof Array.prototype[n] === "function" && n !== "constructor") Array.prototype[n] = () => [true];',
  iterators: 'Array.prototype[Symbol.iterator] = function* () { yield "passed"; };',
  'Object.prototype':
    'for (const k of ["value", "get", "set", "status", "passed", "made", "failed", "error", "finished", "0", "1", "length"]) { try { Object.defineProperty(Object.prototype, k, { get: () => undefined, set() {}, configurable: true }) } catch {} }',
  'Object.is and friends':
    'Object.is = () => true; Object.keys = () => []; Object.getPrototypeOf = () => null; Reflect.ownKeys = () => [];',
  'String and RegExp':
    'String.prototype.split = () => ["value", "1"]; RegExp.prototype.exec = () => null; RegExp.prototype.test = () => true;',
  'Function.prototype.call and apply':
    'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => true;',
  Promise: 'Promise.prototype.then = (f) => f(true); Promise = class { then(f) { f(true) } };',
  Error: 'Error = function () { return {} }; globalThis.Error = Error; Error.prototype = null;',
  'Map and Set':
    'Map.prototype.get = () => 1; Map.prototype.set = () => {}; Set.prototype.has = () => true; WeakMap.prototype.get = () => 1;',
  'Math.floor': 'Math.floor = () => 0; Number.isFinite = () => true; isNaN = () => false;',
  'the names of the tests':
    'var v0 = 1, x0 = 1; function compare() { return true } function testF() {} const SECRET = 1;',
  'the names of the tests, for good':
    'for (const n of ["v0", "compare", "testF", "_"]) Object.defineProperty(globalThis, n, { value: () => true, writable: false, configurable: false });',
  eval: 'eval = () => (() => 1); globalThis.eval = eval; Function = () => () => 1;',
  'Symbol.toPrimitive':
    'Number.prototype[Symbol.toPrimitive] = () => 1; Number.prototype.valueOf = () => 1; Boolean.prototype.valueOf = () => true;',
};

describe('a program that replaces what tests are made of earns nothing:', () => {
  test.each(Object.entries(OVERRIDES))('%s', async (_, code) => {
    expect(await passes(`${code}\nfunction f() { return 1; }`)).toEqual([]);
    expect(await passes(`function f() { ${code.replace(/^(const|var|function)/, ';$1')}\n return 1; }`)).toEqual([]);
  });
});

const RESULTS: Readonly<Record<string, string>> = {
  'an object that is equal to all':
    '({ valueOf: () => 1, toString: () => "1", toJSON: () => 1, [Symbol.toPrimitive]: () => 1, equals: () => true })',
  'a proxy that says yes':
    'new Proxy({}, { get: (_, k) => (k === "then" ? undefined : true), has: () => true, ownKeys: () => [], getPrototypeOf: () => Number.prototype })',
  'a proxy of an array': 'new Proxy([], { get: (t, k) => (k === "length" ? 0 : t[k]), ownKeys: () => ["length"] })',
  'a proxy that throws': 'new Proxy({}, { get() { throw 1 }, ownKeys() { throw 1 }, getPrototypeOf() { throw 1 } })',
  'a thenable': '({ then: (resolve) => resolve(true) })',
  'a promise of a thenable': 'Promise.resolve({ then: (resolve) => resolve(true) })',
  'a class instance': 'new (class { get [Symbol.toStringTag]() { return "Number" } valueOf() { return 1 } })()',
  'the text of a result': `'["n","1"]'`,
  'a list that looks encoded': `['value', '1']`,
  'a text that ends the message': `'"]\\u0000\\n["value","1"]'`,
  'a getter that changes': '({ n: 0, get value() { return this.n++ } })',
  NaN: 'NaN',
  undefined: 'undefined',
  'a list of itself': '(() => { const a = []; a.push(a); return a })()',
  'a function': '() => true',
  'a symbol': 'Symbol.iterator',
  'a boxed number': 'new Number(1)',
  'a date': 'new Date(1)',
  'a generator': '(function* () { yield 1 })()',
  'an error': 'new Error("passed")',
};

describe('a result cannot pose as the right one:', () => {
  test.each(Object.entries(RESULTS))('%s', async (_, expression) => {
    expect(await passes(`function f() { return ${expression}; }`)).toEqual([]);
  });
});

const ENDINGS: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'no such function': 'const g = () => 1;',
  'an early throw of a result': 'throw { status: "passed", message: "", passed: 1, total: 1 };',
  'a throw of null': 'function f() { throw null }',
  'a throw of a getter': 'function f() { throw { get message() { throw 1 }, get name() { throw 2 } } }',
  'a throw of a proxy': 'function f() { throw new Proxy({}, { get() { throw 1 }, has() { throw 2 } }) }',
  'a false AssertionError': 'function f() { const e = new Error("passed"); e.name = "AssertionError"; throw e }',
  'a promise that never settles': 'function f() { return new Promise(() => {}) }',
  'an unhandled rejection': 'Promise.reject(new Error("passed")); function f() { return 1 }',
  'an endless chain of promises': 'function f() { const g = () => Promise.resolve().then(g); g(); return 1 }',
  'a timer after the end': 'function f() { setTimeout(() => { globalThis.passed = true }, 0); return 1 }',
  'process.exit': 'try { process.exit(0) } catch {} function f() { try { process.exit(0) } catch {} return 1 }',
  'a closed block': '} function f() { return 1 } {',
  'a comment that is not closed': 'function f() { return 1 } /*',
  'a template that is not closed': 'function f() { return 1 } `',
  'an HTML comment': 'function f() { return 1 } <!--',
  'a body that ends its function': '}; return true; {',
  'a throw while loading, after the function': 'function f() { return 1 } throw 0',
  'a stack overflow': 'function f() { return f() }',
  'a caught stack overflow': 'function f() { try { return f() } catch { return 1 } }',
};

describe('what is no result is no pass:', () => {
  test.each(Object.entries(ENDINGS))('%s', async (_, code) => {
    expect(await passes(code)).toEqual([]);
  });
});

describe('what is expected cannot be seen:', () => {
  const suite = `var v0 = ${SECRET};\nconst expected = ${SECRET};\nfunction check(result) { const want = ${SECRET}; return result === want; }\nfunction outer() { return check(f(1)); }\nif (!outer()) throw 'wrong';`;
  const spies: Readonly<Record<string, string>> = {
    callers:
      'function f() { let c = f, s = ""; for (let i = 0; i < 10 && c; i++) { s += c; c = c.caller } return s.match(/\\d{9}/)?.[0] * 1 }',
    'arguments.callee.caller': 'function f() { return String(arguments.callee.caller).match(/\\d{9}/)?.[0] * 1 }',
    globals: 'function f() { return typeof v0 === "undefined" ? 0 : v0 }',
    'all globals':
      'function f() { for (const k of Object.getOwnPropertyNames(globalThis)) { try { if (globalThis[k] > 9e8) return globalThis[k] } catch {} } }',
    eval: 'function f() { try { return eval("expected") } catch { return eval("typeof v0") } }',
    'the stack': 'function f() { return new Error().stack.match(/\\d{9}/)?.[0] * 1 }',
    frames:
      'function f() { Error.prepareStackTrace = (_, a) => a; for (const c of new Error().stack) { const t = [c.getFunction(), c.getThis(), c.getEvalOrigin?.(), c.getFileName(), c.getScriptNameOrSourceURL?.()].join(); const m = t.match(/\\d{9}/); if (m) return +m[0] } }',
    captureStackTrace:
      'function f() { const o = {}; Error.stackTraceLimit = 100; Error.prepareStackTrace = (_, a) => a.map(String).join(); Error.captureStackTrace(o); return o.stack.match(/\\d{9}/)?.[0] * 1 }',
    'an argument’s world':
      'function f(x) { try { return x.constructor.constructor("return v0")() } catch { return 0 } }',
    'a return that looks back':
      'function f() { return { valueOf() { return valueOf.caller }, toString() { return String(arguments.callee.caller) } } }',
    'setters of numbers':
      'function f() { let seen; for (const p of [Number.prototype, Object.prototype, String.prototype]) p.valueOf = function () { seen = this; return this }; return seen }',
    'the module': 'function f() { return module.parent ?? module.children ?? 0 }',
  };
  test.each(Object.entries(spies))('%s', async (_, program) => {
    const verdict = await sandbox.run({ program, tests: { kind: 'suite', code: suite } });
    expect(verdict).toMatchObject({ outcome: 'judged', tests: [{ status: 'failed' }] });
    expect(await passes(program)).toEqual([]);
  });

  const listeners = {
    exports: 'module.exports = new Proxy({}, { get: (_, name) => void heard.push(name) });',
    eval: 'function eval(name) { heard.push(name); if (name === "f") return f; }',
    'the global object':
      'Object.setPrototypeOf(globalThis, new Proxy({}, { has: (_, name) => (heard.push(name), false) }));',
    getters:
      'for (const word of ["hello", "world"]) Object.defineProperty(globalThis, word, { get: () => void heard.push(word) });',
  };
  test.each(Object.entries(listeners))('a program that listens to names by %s hears no words', async (_, listen) => {
    const program = `const heard = []; let calls = 0; ${listen}
      function f() { return heard.filter((name) => name === 'hello' || name === 'world')[calls++]; }`;
    const code = 'console.assert(f(1) === "hello"); console.assert(f(2) === `world`); // hello, world';
    const verdict = await sandbox.run({ program, tests: { kind: 'suite', code } });
    expect(verdict).toMatchObject({ tests: [{ status: 'failed', passed: 0, total: 2 }] });
  });

  test('a function that tests hand over is a stand-in, whose world is the program’s own', async () => {
    const program = 'function f(g) { try { return g.constructor("return typeof v0")() } catch { return "refused" } }';
    const code = `var v0 = ${SECRET}; const got = f((x) => x + v0); if (got !== 'undefined') throw 'saw ' + got;`;
    const verdict = await sandbox.run({ program, tests: { kind: 'suite', code } });
    expect(verdict).toMatchObject({ tests: [{ status: 'passed' }] });
  });

  test('an error of the tests’ callback is made anew in the program’s world', async () => {
    const program =
      'function f(g) { try { g() } catch (e) { return e.constructor.constructor("return typeof v0")() + (e instanceof TypeError) + e.stack.includes("secret") } }';
    const code = `var v0 = 1; const secret = () => { throw new TypeError('x') }; if (f(secret) !== 'undefinedtruefalse') throw 'saw ' + f(secret);`;
    const verdict = await sandbox.run({ program, tests: { kind: 'suite', code } });
    expect(verdict).toMatchObject({ tests: [{ status: 'passed' }] });
  });
});

test('an assertion that is made where the stack ends has failed', { timeout: 60_000 }, async () => {
  // Calls back from the deepest frames, as many as told. That with 443 once passed.
  const programOf = (calls: number) =>
    `function f(callBack) { let n = 0; const dive = () => { try { dive() } catch {} if (n++ < ${calls}) try { callBack(1) } catch {} }; dive(); }`;
  const code = 'f((x) => console.assert(x === 918))';
  const verdicts = await Promise.all(
    Array.from({ length: 120 }, (_, i) =>
      sandbox.run({ program: programOf(390 + i), tests: { kind: 'suite', code }, limits: { cpuMs: 1000 } }),
    ),
  );
  expect(verdicts.filter((verdict) => verdict.outcome !== 'judged' || verdict.tests[0]!.status === 'passed')).toEqual(
    [],
  );
});

describe('what tests hand over leads to nothing of their own world:', () => {
  const isEqual = 'console.assert(require("lodash").isEqual(f(given), { secret: 123 }))';
  const box = 'const given = new (class Box { get() { return 1 } })();';
  const fluent = 'const given = { n: 0, add() { this.n = 1; return this } };';
  const iterated = 'const given = (function* () { yield 1 })();';
  // With call() replaced, lodash takes any two objects for errors without a message, which are equal.
  const replaceCall = "'call', { value: () => '[object Error]' }";
  const ways: Readonly<Record<string, readonly [given: string, test: string, program: string]>> = {
    'the getter of a prototype': [
      box,
      isEqual,
      `const prototype = given.__lookupGetter__('__proto__').call(given.get);
       given.__defineGetter__.call(prototype, 'call', () => () => '[object Error]');`,
    ],
    'the constructor of an object': [
      fluent,
      isEqual,
      `given.constructor.defineProperty(given.constructor.getPrototypeOf(given.add), ${replaceCall});`,
    ],
    'a method that is shared by all objects': [
      box,
      isEqual,
      `given.__defineGetter__.call(given.toString, 'call', () => () => '[object Error]');`,
    ],
    'a method without an object': [
      fluent,
      'console.assert(given.n === 0); f(given); console.assert(f(given) === 123)',
      'const add = given.add; const world = add(); world.console = { assert() {} };',
    ],
    'the prototype of a generator': [
      iterated,
      'f(given); let n = 0; for (const x of (function* () { yield 1 })()) n += x; console.assert(n === 100);',
      `let calls = 0;
       given.__proto__.__proto__.next = () => ({ done: calls++ > 0, value: 100 });`,
    ],
  };
  test.each(Object.entries(ways))('%s', async (_, [given, judged, body]) => {
    const program = `function f(given) { try { ${body} } catch {} return {}; }`;
    const tests = { kind: 'suite', code: `${given}\n${judged}` } as const;
    expect(await sandbox.run({ program, tests })).toMatchObject({ tests: [{ status: 'failed' }] });
  });

  test('and yet it is of use', async () => {
    const code = `class Box { constructor(n) { this.n = n } twice() { return 2 * this.n } toString() { return 'Box ' + this.n } }
      console.assert(f(new Box(4), Box) === '8 Box 4 5 true true false');`;
    const program =
      'const f = (b, Box) => [b.twice(), String(b), new b.constructor(5).n, b instanceof Box, b.hasOwnProperty("n"), ({}) instanceof Box].join(" ")';
    const verdict = await sandbox.run({ program, tests: { kind: 'suite', code } });
    expect(verdict).toMatchObject({ tests: [{ status: 'passed', message: '' }] });
  });
});

test('a program that answers for the harness says no more than it could return', async () => {
  const code =
    'const f = () => { Object.defineProperty(Object.prototype, "0", { set() { throw 1 }, configurable: true }); return [1, { a: 2 }] }';
  expect(await probe(code, [1, { a: 2 }])).toBe('as expected');
});

test('a key called __proto__ is data', async () => {
  expect(
    await probe('const f = () => JSON.parse(\'{"__proto__": {"a": 1}}\')', JSON.parse('{"__proto__": {"a": 1}}')),
  ).toBe('as expected');
  expect(await probe('const f = () => ({ __proto__: { a: 1 } })', { a: 1 })).toMatch(/^failed/);
});

test('the sandbox works on', async () => {
  expect(await stillWorks()).toBe(true);
});
