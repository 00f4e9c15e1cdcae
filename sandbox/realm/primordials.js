// What the realm's own code works with, taken before any program runs. A program may replace every method there is; the
// code in this folder calls these and looks nothing up: no iterators, no spread, no methods of values.

const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const { keys: objectKeys, create: objectCreate, is: sameValue, freeze } = Object;
const { isArray } = Array;
const { parse: jsonParse, stringify: jsonStringify } = JSON;
const { floor } = Math;
const indirectEval = eval;
const globalObject = globalThis;

const uncurry =
  (method) =>
  (self, ...given) =>
    apply(method, self, given);
const getter = (object, name) => uncurry(getOwnPropertyDescriptor(object, name).get);

const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;
const DatePrototype = Date.prototype;
const ErrorPrototype = Error.prototype;
const FunctionPrototype = Function.prototype;
const MapPrototype = Map.prototype;
const PromisePrototype = Promise.prototype;
const RegExpPrototype = RegExp.prototype;
const SetPrototype = Set.prototype;
const { hasInstance } = Symbol;
const BuiltIn = freeze({
  __proto__: null,
  Array, ArrayBuffer, BigInt, Date, Error, Function, Map, Object, Promise, Proxy, RangeError, RegExp, Set, String, TypeError, WeakMap,
}); // prettier-ignore

const hasOwn = uncurry(ObjectPrototype.hasOwnProperty);
const charCodeAt = uncurry(String.prototype.charCodeAt);
const indexOf = uncurry(String.prototype.indexOf);
const sliceText = uncurry(String.prototype.slice);
const splitText = uncurry(String.prototype.split);
const functionText = uncurry(FunctionPrototype.toString);
const regExpTest = uncurry(RegExpPrototype.test);
const dateTime = uncurry(DatePrototype.getTime);
const mapGet = uncurry(MapPrototype.get);
const mapSet = uncurry(MapPrototype.set);
const mapClear = uncurry(MapPrototype.clear);
const mapDelete = uncurry(MapPrototype.delete);
const mapForEach = uncurry(MapPrototype.forEach);
const setAdd = uncurry(SetPrototype.add);
const setClear = uncurry(SetPrototype.clear);
const setForEach = uncurry(SetPrototype.forEach);
const weakGet = uncurry(WeakMap.prototype.get);
const weakSet = uncurry(WeakMap.prototype.set);
const then = uncurry(PromisePrototype.then);
const regExpSource = getter(RegExpPrototype, 'source');
const regExpFlags = getter(RegExpPrototype, 'flags');
const typedArrayName = getter(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);
const typedArrayLength = getter(getPrototypeOf(Uint8Array.prototype), 'length');

/** Sets an own property whatever setters a prototype has. */
function put(object, key, value) {
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

function append(list, value) {
  put(list, list.length, value);
}

/** The error that a limit of ours makes of a program. */
function limitError(message) {
  return new BuiltIn.RangeError(message);
}

/** Name and message of whatever was thrown; reading them may run the program's code. */
function describeThrown(thrown) {
  try {
    if (typeof thrown === 'object' && thrown !== null) {
      const { name, message } = thrown;
      if (typeof message === 'string') {
        return [typeof name === 'string' ? sliceText(name, 0, 100) : 'Error', sliceText(message, 0, 500)];
      }
      return ['', 'threw an object without a message'];
    }
    if (typeof thrown === 'symbol' || typeof thrown === 'function') return ['', `threw a ${typeof thrown}`];
    return ['', sliceText(`${thrown}`, 0, 500)];
  } catch {
    return ['', 'threw something that cannot be read'];
  }
}
