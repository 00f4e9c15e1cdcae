// One call from JavaScript: its arguments as C++ values, its answer as a JavaScript value, its complaints as text.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tf-owned.h"

namespace tfnodejs {

class Extension;

/// What a call throws; the dispatcher turns it into a JavaScript Error (or TypeError) with the same text.
class CallError : public std::runtime_error {
 public:
  CallError(const std::string &message, bool is_type_error)
      : std::runtime_error(message), is_type_error(is_type_error) {}

  const bool is_type_error;
};

/// Memory of a typed array. Belongs to JavaScript and is valid only until the call returns.
struct Bytes {
  const void *data;
  size_t length;
};

/// Readers take `what`, the name of the value in messages; messages read `function: what was got, what was expected`.
class Call {
 public:
  Call(napi_env env, const char *function, Extension &extension, std::vector<napi_value> arguments)
      : env(env), function(function), extension(extension), arguments_(std::move(arguments)) {}

  const napi_env env;
  const char *const function;
  Extension &extension;

  napi_value Argument(size_t index) const { return arguments_.at(index); }

  /// Ends the call with an Error, or with a TypeError for a value of the wrong kind.
  [[noreturn]] void Fail(const std::string &message) const;
  [[noreturn]] void FailKind(napi_value got, const std::string &what, const char *expected) const;

  /// Ends the call when TensorFlow refused; `doing` says what it was asked.
  void Check(const Status &status, const std::string &doing) const;

  bool IsArray(napi_value value) const;
  bool IsTypedArray(napi_value value) const;

  std::string String(napi_value value, const std::string &what) const;
  bool Boolean(napi_value value, const std::string &what) const;
  double Number(napi_value value, const std::string &what) const;
  /// A number without a fraction. JavaScript's silent rounding and NaN-to-zero are refused.
  int64_t Integer(napi_value value, const std::string &what) const;
  std::vector<int64_t> Integers(napi_value value, const std::string &what) const;
  std::vector<napi_value> Elements(napi_value value, const std::string &what) const;
  napi_value Property(napi_value object, const char *name) const;
  Bytes BytesOf(napi_value typed_array, const std::string &what) const;

  napi_value FromInteger(int64_t value) const;
  /// A new Uint8Array with a copy.
  napi_value FromBytes(const void *data, size_t length) const;
  napi_value FromIntegers(const std::vector<int64_t> &values) const;
  napi_value FromElements(const std::vector<napi_value> &values) const;
  napi_value Null() const;
  napi_value NewObject() const;
  void Set(napi_value object, const char *name, napi_value value) const;

 private:
  void Check(napi_status status) const;
  napi_valuetype TypeOf(napi_value value) const;

  const std::vector<napi_value> arguments_;
};

}  // namespace tfnodejs
