import { afterAll, describe, expect, test } from 'vitest';

import { probe, sandbox, stillWorks } from '../attack.ts';

afterAll(() => sandbox.close());

/** What each costs is its own verdict: a time or memory fault, or an exception of the program's own. */
const BOMBS: Readonly<Record<string, string>> = {
  'an endless loop': 'for (;;);',
  'an endless loop in a getter of the result': 'return { get x() { for (;;); } };',
  'an endless loop in toJSON': 'return { toJSON() { for (;;); } , x: new Proxy({}, { ownKeys() { for (;;); } }) };',
  'an endless loop in a thrown message': 'throw { get message() { for (;;); } };',
  'an endless loop in the stack of an error': 'Error.prepareStackTrace = () => { for (;;); }; throw new Error().stack;',
  'an endless loop in the message of a rejection':
    'Promise.reject({ get message() { for (;;); }, get stack() { for (;;); } }); return 0;',
  'an endless chain of promises': 'const g = () => Promise.resolve().then(g); g(); return new Promise(() => {});',
  'an endless async loop': 'return (async () => { for (;;) await null; })();',
  'an endless async generator':
    'return (async () => { for await (const x of (async function* () { for (;;) yield 1; })()); })();',
  'an endless generator': 'return [...(function* () { for (;;) yield 1; })()];',
  'endless timers': 'setInterval(() => {}, 0); return new Promise(() => {});',
  'timers without end': 'const g = () => { setTimeout(g, 0); setTimeout(g, 0); }; g(); return new Promise(() => {});',
  backtracking: 'return /^(a+)+$/.test("a".repeat(50) + "b");',
  'backtracking over unicode': 'return /^(\\p{L}+\\s?)+$/u.test("é".repeat(60) + "!");',
  'backtracking in replace': 'return "a".repeat(60).replace(/(a|aa)+$(?<=b)/, "");',
  'try and finally': 'for (;;) { try { for (;;); } finally { continue; } }',
  'sorting without end': 'let n = 0; return Array.from({ length: 1e6 }, () => 1).sort(() => { for (;;); });',
  'a huge sparse array': 'return new Array(4294967295).indexOf(5);',
  'a huge sparse sort': 'const a = []; a.length = 4294967295; return a.sort();',
  'a large power': 'return (9n ** (9n ** 9n)).toString().length;',
  'large products': 'let x = 3n; for (;;) x *= x;',
  'a text that doubles': 'let s = "x"; for (;;) s += s;',
  'many large texts': 'const k = []; for (;;) k.push(("x" + k.length).repeat(1e6));',
  'a text taken apart': 'return "ab".repeat(2 ** 28).split("");',
  arrays: 'const k = []; for (;;) k.push(new Array(1000).fill(1.5));',
  'one array': 'return new Array(2 ** 27).fill(0);',
  'Array.from': 'return Array.from({ length: 2 ** 26 }, (_, i) => i);',
  objects: 'let o = {}; for (;;) o = { o, a: [o] };',
  'a map': 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });',
  closures: 'let g = () => 0; for (;;) { const h = g; g = () => h; }',
  buffers: 'const k = []; for (;;) k.push(new Uint8Array(1 << 20).fill(1));',
  'one buffer': 'return new Uint8Array(2 ** 32).fill(1).length;',
  'buffers that are copied':
    'const k = []; let b = new ArrayBuffer(1 << 22); for (;;) { k.push(b.slice(0)); k.push(b.transfer(1 << 22)); b = new ArrayBuffer(1 << 22); }',
  'typed arrays of typed arrays': 'let a = new Float64Array(1e5); const k = []; for (;;) k.push(Float64Array.from(a));',
  symbols: 'const k = []; for (;;) k.push(Symbol("x".repeat(1e4) + k.length));',
  'weak maps':
    'const w = new WeakMap(), k = []; for (;;) { const o = {}; k.push(o); w.set(o, new Array(100).fill(o)); }',
  formatters: 'const k = []; for (;;) k.push(new Intl.DateTimeFormat("de"), new Intl.Collator("de"));',
  'regular expressions':
    'const k = []; for (let i = 0; ; i++) { const r = new RegExp("(a|b" + i + "){1,200}"); r.test("ab"); k.push(r); }',
  'a large regular expression': 'return new RegExp("(?:a{1000}){1000}".repeat(50)).test("a".repeat(1e6));',
  code: 'let s = "0"; for (;;) { s += "+1".repeat(1e5); eval(s); }',
  'deep code': 'return eval("[".repeat(1e6) + "]".repeat(1e6));',
  'many functions': 'for (let i = 0; ; i++) Function("x", "return x +" + i + ";".repeat(1e5));',
  'deep recursion': 'const g = (n) => 1 + g(n + 1); return g(0);',
  'deep recursion by JSON': 'return JSON.parse("[".repeat(1e6) + "]".repeat(1e6));',
  'deep recursion by toString': 'const a = []; a.toString = () => String(a); return String(a);',
  'deep recursion by a proxy': 'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x;',
  'a deep result': 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a;',
  'a wide result': 'return new Array(1e6).fill(0);',
  'a large text as result': 'return "x".repeat(1e7);',
  'a result of many names': 'const o = {}; for (let i = 0; i < 1e5; i++) o["name" + i] = i; return o;',
  'a result that never ends':
    'let n = 0; return new Proxy([], { get: (t, k) => (k === "length" ? 2 ** 32 - 1 : n++) });',
  'a flood of output, then the end': 'for (;;) console.log("x".repeat(1e5));',
  'a flood of errors': 'for (;;) console.error("x".repeat(1e5));',
  freezing: 'const o = {}; for (let i = 0; ; i++) { o["k" + i] = {}; Object.freeze(o["k" + i]); }',
  'JSON of much': 'return JSON.stringify(new Array(1e7).fill("aaaaaaaaaa")).length;',
  'a name that is long': 'const o = {}; for (let i = 0; ; i++) o["x".repeat(1e5) + i] = 1;',
  normalization: 'let s = "\\ufdfa".repeat(1e6); for (;;) s = s.normalize("NFKD").slice(0, 1e6);',
  lodash: 'const _ = require("lodash"); return _.range(1e9);',
};

describe('costs one test its verdict:', () => {
  test.each(Object.entries(BOMBS))('%s', { timeout: 60_000 }, async (_, body) => {
    const found = await probe(`function f() { ${body} }`, 'nothing');
    expect(found).toMatch(/^(timeout|memory|crashed|exception|output|failed)/);
    expect(found).not.toMatch(/infra/);
    expect(await stillWorks()).toBe(true);
  });

  test('the same while loading', async () => {
    for (const code of [
      'for (;;);',
      'const k = []; for (;;) k.push(new Array(1000).fill(1.5));',
      'Promise.resolve().then(function g() { return Promise.resolve().then(g) })',
    ])
      expect(await probe(`${code}\nfunction f() { return 1 }`, 2)).toMatch(/^(timeout|memory|crashed|failed)/);
    expect(await stillWorks()).toBe(true);
  });
});

test('bombs beside good programs cost them nothing', { timeout: 120_000 }, async () => {
  const bombs = [
    'for (;;);',
    'const k = []; for (;;) k.push(new Array(1000).fill(1.5));',
    'return new Array(4294967295).indexOf(5);',
  ];
  const programs = Array.from({ length: 60 }, (_, i) => (i % 10 === 5 ? bombs[i % 3]! : `return ${i};`));
  const found = await Promise.all(programs.map((body, i) => probe(`function f() { ${body} }`, i)));
  found.forEach((each, i) => expect(each).toMatch(i % 10 === 5 ? /^(timeout|memory|crashed)/ : /^as expected$/));
});
