// Attributes of operations, from the form that tfjs writes them in: `{ name, type, value }`.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "call.h"
#include "tf-owned.h"

namespace tfnodejs {

/// An attribute read from JavaScript, ready to be applied without any way to fail.
class Attribute {
 public:
  static Attribute Read(const Call &call, napi_value attribute);

  void Apply(TF_OperationDescription *description) const;

 private:
  struct Type {
    TF_DataType dtype;
  };
  struct Shape {
    std::vector<int64_t> dimensions;
  };
  using Value = std::variant<std::string, int64_t, float, bool, Type, Shape, std::vector<int64_t>, std::vector<float>,
                             std::vector<unsigned char>, std::vector<TF_DataType>>;

  static Value ReadValue(const Call &call, TF_AttrType type, napi_value value, const std::string &what);
  static Value ReadList(const Call &call, TF_AttrType type, napi_value value, const std::string &what);

  std::string name_;
  Value value_;
};

/// @throws CallError when an attribute is not of its declared type.
std::vector<Attribute> ReadAttributes(const Call &call, napi_value attributes);

}  // namespace tfnodejs
