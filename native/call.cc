#include "call.h"

#include <cmath>
#include <cstring>

namespace tfnodejs {

void Call::Fail(const std::string &message) const {
  throw CallError(std::string(function) + ": " + message, false);
}

void Call::FailKind(napi_value got, const std::string &what, const char *expected) const {
  static const char *const kNames[] = {"undefined", "null",   "a boolean",  "a number",          "a string",
                                       "a symbol",  "an object", "a function", "an external value", "a bigint"};
  std::string kind = IsArray(got) ? "an array" : IsTypedArray(got) ? "a typed array" : kNames[TypeOf(got)];
  throw CallError(std::string(function) + ": " + what + " is " + kind + ", expected " + expected, true);
}

void Call::Check(napi_status status) const {
  if (status == napi_ok) return;
  const napi_extended_error_info *info = nullptr;
  napi_get_last_error_info(env, &info);
  Fail(std::string("Node-API: ") + (info && info->error_message ? info->error_message : "unknown error"));
}

void Call::Check(const Status &status, const std::string &doing) const {
  if (TF_GetCode(status.get()) == TF_OK) return;
  Fail("TensorFlow could not " + doing + " (code " + std::to_string(TF_GetCode(status.get())) +
       "): " + TF_Message(status.get()));
}

napi_valuetype Call::TypeOf(napi_value value) const {
  napi_valuetype type;
  Check(napi_typeof(env, value, &type));
  return type;
}

bool Call::IsArray(napi_value value) const {
  bool answer = false;
  Check(napi_is_array(env, value, &answer));
  return answer;
}

bool Call::IsTypedArray(napi_value value) const {
  bool answer = false;
  Check(napi_is_typedarray(env, value, &answer));
  return answer;
}

std::string Call::String(napi_value value, const std::string &what) const {
  if (TypeOf(value) != napi_string) FailKind(value, what, "a string");
  size_t length = 0;
  Check(napi_get_value_string_utf8(env, value, nullptr, 0, &length));
  std::string text(length, '\0');
  // std::string owns length + 1 bytes, so the terminating zero has its place.
  Check(napi_get_value_string_utf8(env, value, text.data(), length + 1, &length));
  return text;
}

bool Call::Boolean(napi_value value, const std::string &what) const {
  if (TypeOf(value) != napi_boolean) FailKind(value, what, "a boolean");
  bool answer = false;
  Check(napi_get_value_bool(env, value, &answer));
  return answer;
}

double Call::Number(napi_value value, const std::string &what) const {
  if (TypeOf(value) != napi_number) FailKind(value, what, "a number");
  double number = 0;
  Check(napi_get_value_double(env, value, &number));
  return number;
}

int64_t Call::Integer(napi_value value, const std::string &what) const {
  const double number = Number(value, what);
  // Beyond 2^53 JavaScript numbers skip integers, so what arrives may not be what was meant.
  if (std::trunc(number) != number || std::fabs(number) > 9007199254740992.0) {
    Fail(what + " is " + std::to_string(number) + ", expected an integer");
  }
  return static_cast<int64_t>(number);
}

std::vector<napi_value> Call::Elements(napi_value value, const std::string &what) const {
  if (!IsArray(value)) FailKind(value, what, "an array");
  uint32_t length = 0;
  Check(napi_get_array_length(env, value, &length));
  std::vector<napi_value> elements(length);
  for (uint32_t i = 0; i < length; i++) Check(napi_get_element(env, value, i, &elements[i]));
  return elements;
}

std::vector<int64_t> Call::Integers(napi_value value, const std::string &what) const {
  std::vector<int64_t> integers;
  for (napi_value element : Elements(value, what)) integers.push_back(Integer(element, "an element of " + what));
  return integers;
}

napi_value Call::Property(napi_value object, const char *name) const {
  if (TypeOf(object) != napi_object) FailKind(object, std::string("what should hold '") + name + "'", "an object");
  napi_value value;
  Check(napi_get_named_property(env, object, name, &value));
  return value;
}

Bytes Call::BytesOf(napi_value typed_array, const std::string &what) const {
  if (!IsTypedArray(typed_array)) FailKind(typed_array, what, "a typed array");
  void *data = nullptr;
  Check(napi_get_typedarray_info(env, typed_array, nullptr, nullptr, &data, nullptr, nullptr));
  // The length that Node-API gives counts elements; asking for bytes keeps this right for array types yet to come.
  napi_value length;
  Check(napi_get_named_property(env, typed_array, "byteLength", &length));
  return {data, static_cast<size_t>(Integer(length, what + ".byteLength"))};
}

napi_value Call::FromInteger(int64_t value) const {
  napi_value result;
  Check(napi_create_int64(env, value, &result));
  return result;
}

napi_value Call::FromBytes(const void *data, size_t length) const {
  void *copy = nullptr;
  napi_value buffer, result;
  Check(napi_create_arraybuffer(env, length, &copy, &buffer));
  if (length > 0) std::memcpy(copy, data, length);
  Check(napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &result));
  return result;
}

napi_value Call::FromElements(const std::vector<napi_value> &values) const {
  napi_value result;
  Check(napi_create_array_with_length(env, values.size(), &result));
  for (size_t i = 0; i < values.size(); i++) Check(napi_set_element(env, result, i, values[i]));
  return result;
}

napi_value Call::FromIntegers(const std::vector<int64_t> &values) const {
  std::vector<napi_value> elements;
  for (int64_t value : values) elements.push_back(FromInteger(value));
  return FromElements(elements);
}

napi_value Call::Null() const {
  napi_value result;
  Check(napi_get_null(env, &result));
  return result;
}

napi_value Call::NewObject() const {
  napi_value result;
  Check(napi_create_object(env, &result));
  return result;
}

void Call::Set(napi_value object, const char *name, napi_value value) const {
  Check(napi_set_named_property(env, object, name, value));
}

}  // namespace tfnodejs
