// Last of the realm's files: what the host calls in each context.

const lodash = globalThis._;
delete globalThis._;
const { evaluateTests } = globalThis;
delete globalThis.evaluateTests;

/** The modules that `require` knows. @param {unknown} assert that of the tests; null for a program */
function libraries(assert) {
  const known = {};
  if (lodash !== undefined) known.lodash = () => lodash;
  if (assert !== null)
    known.assert = known['node:assert'] = known['assert/strict'] = known['node:assert/strict'] = () => assert;
  return known;
}

/** A realm that is made by the first call to it, which takes both names away: nothing of a program has run by then. */
function madeWhenCalled(create) {
  let realm = null;
  return (operation, first, second, third, fourth) => {
    if (realm === null) {
      delete globalThis.programRealm;
      delete globalThis.judgeRealm;
      restrictGlobals();
      restrictBuffers();
      realm = create();
    }
    return realm(operation, first, second, third, fourth);
  };
}

define('programRealm', madeWhenCalled(createProgram));
if (typeof createJudge === 'function') define('judgeRealm', madeWhenCalled(createJudge));
