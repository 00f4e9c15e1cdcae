// Values as text, and back: the only form in which they leave a realm. Primitives are JSON where JSON has them; all else is
// a list whose first item says what it is (see sandbox/values.ts, which reads the same text outside).

const MOST_NODES = 200_000;
const DEEPEST = 500;

/**
 * @param {unknown} value
 * @param {number} limit most characters
 * @param {object | null} peer makes handles of what cannot be copied; without one such things are data or nothing
 */
function encode(value, limit, peer) {
  const state = { __proto__: null, seen: new BuiltIn.Map(), compounds: 0, nodes: 0, chars: 0, limit, peer };
  return encodeNode(value, state, 0);
}

function encodeNode(value, state, depth) {
  if (++state.nodes > MOST_NODES || depth > DEEPEST) throw limitError('the value is too large or too deep');
  const text = encodeAny(value, state, depth);
  if (typeof value !== 'object' || value === null) state.chars += text.length;
  if (state.chars > state.limit) throw limitError('the value is too large');
  return text;
}

function encodeAny(value, state, depth) {
  switch (typeof value) {
    case 'string':
      return jsonStringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (value !== value || value - value !== 0 || sameValue(value, -0))
        return `["n","${sameValue(value, -0) ? '-0' : value}"]`;
      return `${value}`;
    case 'bigint':
      return `["b","${value}"]`;
    case 'undefined':
      return '["u"]';
    case 'symbol':
      return '["y"]';
    case 'function':
      return state.peer === null ? '["f"]' : state.peer.handleOf(value);
    default:
      return value === null ? 'null' : encodeObject(value, state, depth);
  }
}

function encodeObject(value, state, depth) {
  const known = state.peer === null ? undefined : state.peer.importedHandle(value);
  if (known !== undefined) return known;
  const index = mapGet(state.seen, value);
  if (index !== undefined) return `["#",${index}]`;
  const prototype = getPrototypeOf(value);
  const leaf = encodeLeaf(value, prototype, state);
  if (leaf !== undefined) return leaf;
  mapSet(state.seen, value, state.compounds++);
  if (isArray(value)) return encodeArray(value, value.length, '["a"', state, depth);
  const typed = typedArrayName(value);
  if (typed !== undefined) return encodeArray(value, typedArrayLength(value), `["t","${typed}"`, state, depth);
  if (prototype === MapPrototype) return encodeMap(value, state, depth);
  if (prototype === SetPrototype) return encodeSet(value, state, depth);
  let text = '["o"';
  const names = objectKeys(value);
  for (let i = 0; i < names.length; i++) {
    state.chars += names[i].length;
    text += `,${jsonStringify(names[i])},${encodeNode(value[names[i]], state, depth + 1)}`;
  }
  return `${text}]`;
}

/** What has no parts: dates, patterns, errors, promises, and with a peer every object that is not plain. */
function encodeLeaf(value, prototype, state) {
  if (prototype === DatePrototype) return `["d",${encodeAny(dateTime(value), state, 0)}]`;
  if (prototype === RegExpPrototype) {
    return `["r",${jsonStringify(regExpSource(value))},${jsonStringify(regExpFlags(value))}]`;
  }
  if (isError(prototype)) {
    const described = describeThrown(value);
    return `["e",${jsonStringify(described[0])},${jsonStringify(described[1])}]`;
  }
  if (prototype === PromisePrototype) return state.peer === null ? '["p"]' : state.peer.promiseHandle(value);
  const plain =
    prototype === null || prototype === ObjectPrototype || prototype === ArrayPrototype ||
    prototype === MapPrototype || prototype === SetPrototype || typedArrayName(value) !== undefined; // prettier-ignore
  if (state.peer === null || (plain && !(prototype === ObjectPrototype && hasMethods(value)))) return undefined;
  return state.peer.handleOf(value);
}

/** Whether an object is more than data: its methods may change it, so a copy of it would be another object. */
function hasMethods(value) {
  const names = objectKeys(value);
  for (let i = 0; i < names.length; i++) if (typeof value[names[i]] === 'function') return true;
  return false;
}

function isError(prototype) {
  for (let p = prototype, i = 0; p !== null && i < 20; p = getPrototypeOf(p), i++)
    if (p === ErrorPrototype) return true;
  return false;
}

function encodeArray(value, length, start, state, depth) {
  if (length > MOST_NODES) throw limitError('the value is too large');
  let text = start;
  for (let i = 0; i < length; i++) text += `,${encodeNode(value[i], state, depth + 1)}`;
  return `${text}]`;
}

function encodeMap(value, state, depth) {
  let text = '["m"';
  mapForEach(value, (item, key) => {
    text += `,${encodeNode(key, state, depth + 1)},${encodeNode(item, state, depth + 1)}`;
  });
  return `${text}]`;
}

function encodeSet(value, state, depth) {
  let text = '["s"';
  setForEach(value, (item) => {
    text += `,${encodeNode(item, state, depth + 1)}`;
  });
  return `${text}]`;
}

/** The value that a text stands for, made in this realm. */
function decode(text, peer) {
  return decodeNode(jsonParse(text), { __proto__: null, made: [], peer });
}

function decodeNode(node, state) {
  if (typeof node !== 'object' || node === null) return node;
  switch (node[0]) {
    case 'u':
    case 'y':
      return undefined;
    case 'n':
      return node[1] === '-0' ? -0 : node[1] === 'NaN' ? NaN : node[1] === 'Infinity' ? Infinity : -Infinity;
    case 'b':
      return BuiltIn.BigInt(node[1]);
    case 'd':
      return new BuiltIn.Date(decodeNode(node[1], state));
    case 'r':
      return new BuiltIn.RegExp(node[1], node[2]);
    case 'e':
      return decodeError(node[1], node[2]);
    case '#':
      return state.made[node[1]];
    case 'f':
    case 'h':
    case 'p':
    case 'x':
      return state.peer === null ? undefined : state.peer.fromHandle(node);
    default:
      return decodeCompound(node, state);
  }
}

function decodeCompound(node, state) {
  const value =
    node[0] === 'o' ? {} : node[0] === 'm' ? new BuiltIn.Map() : node[0] === 's' ? new BuiltIn.Set() : []; // prettier-ignore
  append(state.made, value);
  const from = node[0] === 't' ? 2 : 1;
  if (node[0] === 'o') {
    for (let i = from; i < node.length; i += 2) put(value, node[i], decodeNode(node[i + 1], state));
  } else if (node[0] === 'm') {
    for (let i = from; i < node.length; i += 2)
      mapSet(value, decodeNode(node[i], state), decodeNode(node[i + 1], state));
  } else if (node[0] === 's') {
    for (let i = from; i < node.length; i++) setAdd(value, decodeNode(node[i], state));
  } else {
    for (let i = from; i < node.length; i++) append(value, decodeNode(node[i], state));
  }
  return node[0] === 't' ? typedArrayFrom(node[1], value) : value;
}

const typedArrays = {
  __proto__: null, Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array,
  BigUint64Array, BigInt64Array, Float32Array, Float64Array,
}; // prettier-ignore

function typedArrayFrom(name, items) {
  const array = new typedArrays[name](items.length);
  for (let i = 0; i < items.length; i++) array[i] = items[i];
  return array;
}

const errorTypes = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function decodeError(name, message) {
  const error = new (errorTypes[name] ?? BuiltIn.Error)(message);
  if (errorTypes[name] === undefined && name !== '') put(error, 'name', name);
  return error;
}
