// Last of the realm's files: what the host calls once in each new context.

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

define('boot', (role) => {
  delete globalThis.boot;
  restrictGlobals();
  restrictBuffers();
  return role === 'judge' ? createJudge() : createProgram();
});
