// Two realms of one isolate, each with such a peer, reach each other by text alone. Data is copied; functions and objects of
// a class stay where they are, and the other side gets a stand-in with a number.

const values = new BuiltIn.Map(); // number -> ours
const numbers = new BuiltIn.WeakMap(); // ours -> number
const standIns = new BuiltIn.Map(); // number -> stand-in of theirs
const theirs = new BuiltIn.WeakMap(); // stand-in -> handle text
const waiting = new BuiltIn.Map(); // number of their promise -> how to settle ours
let settled = []; // of our promises, told at the next exchange
let lastNumber = 0;

/** The other side: takes a text, answers with one. */
let send = null;
let messageLimit = 0;
/** Whether the other side must not get hold of what the language has in this realm: by it, it could change what tests do. */
let guarded = false;

function connectPeer(other, charLimit, guard) {
  send = other;
  messageLimit = charLimit;
  guarded = guard;
}

function numberOf(value) {
  let number = weakGet(numbers, value);
  if (number === undefined) {
    number = ++lastNumber;
    weakSet(numbers, value, number);
    mapSet(values, number, value);
  }
  return number;
}

const peer = {
  __proto__: null,
  handleOf: (value) => {
    if (value === globalObject) return '["u"]'; // a sloppy function's `this`, when it is called without one
    const known = weakGet(theirs, value);
    if (known !== undefined) return known;
    return `["${typeof value === 'function' ? 'f' : 'h'}",${numberOf(value)}]`;
  },
  importedHandle: (value) => weakGet(theirs, value),
  promiseHandle: (promise) => {
    const number = numberOf(promise);
    then(
      promise,
      (value) => append(settled, [number, true, value]),
      (reason) => append(settled, [number, false, reason]),
    );
    return `["p",${number}]`;
  },
  fromHandle: (node) => {
    const kind = node[0];
    const number = node[1];
    if (kind === 'x') return mapGet(values, number);
    let standIn = mapGet(standIns, number);
    if (standIn !== undefined) return standIn;
    standIn = kind === 'f' ? functionStandIn() : kind === 'h' ? objectStandIn() : promiseStandIn(number);
    mapSet(standIns, number, standIn);
    weakSet(theirs, standIn, `["x",${number}]`);
    return standIn;
  },
};

function packMessage(value) {
  return encode(value, messageLimit, peer);
}

/** Asks the other side. */
function ask(...message) {
  const reply = send(packMessage(message));
  if (typeof reply !== 'string') throw new BuiltIn.Error('no answer');
  return decode(reply, peer);
}

function takeSettled() {
  const told = settled;
  settled = [];
  return told;
}

/** Tells which of our promises settled, and settles the stand-ins of theirs. True when there was any. */
function exchangeSettled() {
  const told = takeSettled();
  return settleAll(ask('settled', told)) || told.length > 0;
}

function settleAll(heard) {
  for (let i = 0; i < heard.length; i++) {
    const resolvers = mapGet(waiting, heard[i][0]);
    if (resolvers !== undefined) resolvers[heard[i][1] ? 0 : 1](heard[i][2]);
  }
  return heard.length > 0;
}

function promiseStandIn(number) {
  return new BuiltIn.Promise((resolve, reject) => mapSet(waiting, number, [resolve, reject]));
}

/** What a reply says: the value, or the throwing of what was thrown there. Arguments changed there are changed here. */
function unwrap(reply, given) {
  if (reply[0] === 'throw') throw reply[1];
  if (given !== null && reply.length > 2) for (let i = 0; i < given.length; i++) restore(given[i], reply[2][i]);
  return reply[1];
}

/** The property that was asked for; that of the stand-in itself where the language has it, not the tests. */
function unwrapOr(target, key, reply) {
  return reply[0] === 'built-in' ? target[key] : unwrap(reply, null);
}

/** Makes an array, plain object, map or set equal to its changed copy, keeping the objects that are there. */
function restore(ours, changed) {
  if (typeof ours !== 'object' || ours === null || typeof changed !== 'object' || changed === null) return;
  const prototype = getPrototypeOf(ours);
  if (prototype !== getPrototypeOf(changed)) return;
  if (prototype === MapPrototype) {
    mapClear(ours);
    mapForEach(changed, (value, key) => mapSet(ours, key, value));
  } else if (prototype === SetPrototype) {
    setClear(ours);
    setForEach(changed, (value) => setAdd(ours, value));
  } else if (prototype === ObjectPrototype || prototype === ArrayPrototype) {
    const old = objectKeys(ours);
    for (let i = 0; i < old.length; i++) if (!hasOwn(changed, old[i])) delete ours[old[i]];
    const names = objectKeys(changed);
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (hasOwn(ours, name) && isContainer(ours[name]) && isContainer(changed[name]))
        restore(ours[name], changed[name]);
      else put(ours, name, changed[name]);
    }
    if (isArray(ours)) ours.length = changed.length;
  }
}

function isContainer(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = getPrototypeOf(value);
  return prototype === ObjectPrototype || prototype === ArrayPrototype;
}

/** The end of the text of a function that the language has. */
const NATIVE = /\{ \[native code\] \}$/;

const symbols = {
  __proto__: null,
  iterator: Symbol.iterator, asyncIterator: Symbol.asyncIterator, toPrimitive: Symbol.toPrimitive,
}; // prettier-ignore

/** A property's name as text; null for a symbol of no meaning over there. */
function keyText(key) {
  if (typeof key === 'string') return `.${key}`;
  for (const name in symbols) if (symbols[name] === key) return `@${name}`;
  return null;
}

function keyFrom(text) {
  return text[0] === '.' ? sliceText(text, 1) : symbols[sliceText(text, 1)];
}

function functionStandIn() {
  let self = null;
  const handler = {
    __proto__: null,
    apply: (_, receiver, given) => unwrap(ask('call', self, receiver, given), given),
    construct: (_, given) => unwrap(ask('new', self, given), given),
    get: (target, key) => {
      if (key === hasInstance) return (value) => unwrap(ask('instanceof', self, value), null);
      if (key === 'prototype' || typeof key !== 'string' || key in FunctionPrototype) {
        if (key !== 'name' && key !== 'length') return target[key];
      }
      return unwrapOr(target, key, ask('get', self, `.${key}`));
    },
  };
  self = new BuiltIn.Proxy(function () {}, handler);
  return self;
}

function objectStandIn() {
  let self = null;
  const askFor = (operation, key, value) => {
    const text = keyText(key);
    return text === null ? undefined : unwrap(ask(operation, self, text, value), null);
  };
  const handler = {
    __proto__: null,
    get: (target, key) => {
      const text = keyText(key);
      return text === null ? undefined : unwrapOr(target, key, ask('get', self, text));
    },
    set: (_, key, value) => askFor('set', key, value) === true,
    has: (_, key) => askFor('has', key) === true,
    deleteProperty: (_, key) => askFor('delete', key) === true,
    ownKeys: () => unwrap(ask('keys', self), null),
    getOwnPropertyDescriptor: (_, key) =>
      askFor('owns', key) === true
        ? { __proto__: null, value: askFor('get', key), writable: true, enumerable: true, configurable: true }
        : undefined,
  };
  self = new BuiltIn.Proxy({}, handler);
  return self;
}

/** Answers the other side. Never throws, bar where the stack ends. */
function serve(text, lookUp) {
  try {
    return packMessage(answer(decode(text, peer), lookUp));
  } catch (thrown) {
    try {
      return packMessage(['throw', thrown]);
    } catch {
      return '["a","throw",["e","Error","threw what cannot be copied"]]';
    }
  }
}

function answer(message, lookUp) {
  const on = message[1];
  switch (message[0]) {
    case 'call':
      return withChanges(message[3], (given) => apply(on, message[2], given));
    case 'new':
      return withChanges(message[2], (given) => construct(on, given));
    case 'get': {
      const value = on[keyFrom(message[2])];
      return guarded && isBuiltIn(on, message[2], value) ? ['built-in'] : ['ok', value];
    }
    case 'set':
      if (guarded && message[2] === '.__proto__') return ['ok', false];
      on[keyFrom(message[2])] = message[3];
      return ['ok', true];
    case 'has':
      return ['ok', keyFrom(message[2]) in on];
    case 'owns':
      return ['ok', hasOwn(on, keyFrom(message[2]))];
    case 'delete':
      return ['ok', delete on[keyFrom(message[2])]];
    case 'keys':
      return ['ok', objectKeys(on)];
    case 'instanceof':
      return ['ok', message[2] instanceof on];
    case 'settled':
      settleAll(on);
      return takeSettled();
    case 'read':
      return ['ok', lookUp(on)];
  }
}

/** Whether a property leads to the prototypes, constructors and reflection that every object and function comes with. */
function isBuiltIn(on, text, value) {
  if (text === '.__proto__') return true;
  if (typeof value !== 'function') return text === '.constructor';
  return (typeof on === 'function' || keyFrom(text) in ObjectPrototype) && regExpTest(NATIVE, functionText(value));
}

function withChanges(given, work) {
  let before = null;
  for (let i = 0; i < given.length; i++) if (typeof given[i] === 'object' && given[i] !== null) before = '';
  if (before !== null) before = packMessage(given);
  const value = work(given);
  return before === null || before === packMessage(given) ? ['ok', value] : ['ok', value, given];
}
