/** The edits that stock tfjs-node sources need. Each must apply exactly once, so a changed release cannot slip by. */

/** @typedef {{ readonly find: string, readonly replace: string }} Edit */

/** @type {Readonly<Record<string, readonly Edit[]>>} */
export const BINDING_EDITS = {
  // The addition reads the backend's tensors and context.
  'tfjs_backend.h': [
    {
      find: ' private:\n  TFJSBackend(napi_env env);',
      replace: ' private:\n  friend class BackendAccess;\n\n  TFJSBackend(napi_env env);',
    },
  ],
  'tfjs_binding.cc': [
    { find: '#include "tfjs_backend.h"\n', replace: '#include "extension.h"\n#include "tfjs_backend.h"\n' },
    {
      find: '  // Export TF property types to JS\n',
      replace:
        '  RegisterExtension(env, exports, backend);\n' +
        '  if (IsExceptionPending(env)) return exports;\n\n' +
        '  // Export TF property types to JS\n',
    },
  ],
  // String attributes that are serialized messages (config_proto) do not survive as JavaScript strings.
  'tfjs_backend.cc': [
    {
      find:
        '      std::string str_value;\n' +
        '      nstatus = GetStringParam(env, js_value, str_value);\n' +
        '      ENSURE_NAPI_OK(env, nstatus);\n\n' +
        '      TFE_OpSetAttrString(',
      replace:
        '      bool is_bytes = false;\n' +
        '      nstatus = napi_is_typedarray(env, js_value, &is_bytes);\n' +
        '      ENSURE_NAPI_OK(env, nstatus);\n' +
        '      if (is_bytes) {\n' +
        '        napi_typedarray_type array_type;\n' +
        '        size_t length;\n' +
        '        void *data;\n' +
        '        nstatus = napi_get_typedarray_info(env, js_value, &array_type, &length, &data, nullptr, nullptr);\n' +
        '        ENSURE_NAPI_OK(env, nstatus);\n' +
        '        if (array_type != napi_uint8_array) {\n' +
        '          NAPI_THROW_ERROR(env, "executeOp: attribute \'%s\' is a typed array, expected a string or Uint8Array", attr_name);\n' +
        '          return;\n' +
        '        }\n' +
        '        TFE_OpSetAttrString(tfe_op, attr_name, data, length);\n' +
        '        break;\n' +
        '      }\n' +
        '      std::string str_value;\n' +
        '      nstatus = GetStringParam(env, js_value, str_value);\n' +
        '      ENSURE_NAPI_OK(env, nstatus);\n\n' +
        '      TFE_OpSetAttrString(',
    },
  ],
};

// Node 23 removed two functions of `util`, all that these files take from it.
const UTIL_EDIT = {
  find: 'var util_1 = require("util");',
  replace: 'var util_1 = { isNullOrUndefined: function (x) { return x == null; }, isArray: Array.isArray };',
};

/** @type {Readonly<Record<string, readonly Edit[]>>} */
export const SCRIPT_EDITS = {
  'dist/nodejs_kernel_backend.js': [UTIL_EDIT],
  'dist/kernels/TopK.js': [UTIL_EDIT],
};

/**
 * @param {string} text
 * @param {readonly Edit[]} edits
 * @param {string} file For the message.
 * @throws Error when a passage is not there exactly once.
 */
export function applyEdits(text, edits, file) {
  return edits.reduce((edited, { find, replace }) => {
    const parts = edited.split(find);
    if (parts.length !== 2) {
      throw new Error(
        `${file}: ${parts.length - 1} places hold ${JSON.stringify(find.split('\n')[0])}, expected 1; ` +
          'is this another release of tfjs-node-gpu than package.json names?',
      );
    }
    return parts.join(replace);
  }, text);
}
