#include "attribute.h"

#include <type_traits>

namespace tfnodejs {

Attribute Attribute::Read(const Call &call, napi_value attribute) {
  Attribute result;
  result.name_ = call.String(call.Property(attribute, "name"), "the name of an attribute");
  const std::string what = "attribute '" + result.name_ + "'";
  const auto type = static_cast<TF_AttrType>(call.Integer(call.Property(attribute, "type"), "the type of " + what));
  napi_value value = call.Property(attribute, "value");
  const bool is_list = type != TF_ATTR_SHAPE && call.IsArray(value);
  result.value_ = is_list ? ReadList(call, type, value, what) : ReadValue(call, type, value, what);
  return result;
}

Attribute::Value Attribute::ReadValue(const Call &call, TF_AttrType type, napi_value value, const std::string &what) {
  switch (type) {
    case TF_ATTR_STRING: {
      // Strings in attributes are bytes to TensorFlow; serialized messages (config_proto) come as typed arrays.
      if (!call.IsTypedArray(value)) return call.String(value, what);
      const Bytes bytes = call.BytesOf(value, what);
      return std::string(static_cast<const char *>(bytes.data), bytes.length);
    }
    case TF_ATTR_INT:
      return call.Integer(value, what);
    case TF_ATTR_FLOAT:
      return static_cast<float>(call.Number(value, what));
    case TF_ATTR_BOOL:
      return call.Boolean(value, what);
    case TF_ATTR_TYPE:
      return Type{static_cast<TF_DataType>(call.Integer(value, what))};
    case TF_ATTR_SHAPE:
      return Shape{call.Integers(value, what)};
    default:
      call.Fail("the type of " + what + " is " + std::to_string(type) +
                ", expected TF_ATTR_STRING, INT, FLOAT, BOOL, TYPE or SHAPE");
  }
}

Attribute::Value Attribute::ReadList(const Call &call, TF_AttrType type, napi_value value, const std::string &what) {
  switch (type) {
    case TF_ATTR_INT:
      return call.Integers(value, what);
    case TF_ATTR_FLOAT: {
      std::vector<float> list;
      for (napi_value element : call.Elements(value, what)) list.push_back(call.Number(element, what));
      return list;
    }
    case TF_ATTR_BOOL: {
      std::vector<unsigned char> list;
      for (napi_value element : call.Elements(value, what)) list.push_back(call.Boolean(element, what));
      return list;
    }
    case TF_ATTR_TYPE: {
      std::vector<TF_DataType> list;
      for (int64_t element : call.Integers(value, what)) list.push_back(static_cast<TF_DataType>(element));
      return list;
    }
    default:
      call.Fail(what + " is a list of type " + std::to_string(type) +
                ", expected a list only for TF_ATTR_INT, FLOAT, BOOL or TYPE");
  }
}

void Attribute::Apply(TF_OperationDescription *description) const {
  const char *name = name_.c_str();
  std::visit(
      [&](const auto &value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) {
          TF_SetAttrString(description, name, value.data(), value.size());
        } else if constexpr (std::is_same_v<T, int64_t>) {
          TF_SetAttrInt(description, name, value);
        } else if constexpr (std::is_same_v<T, float>) {
          TF_SetAttrFloat(description, name, value);
        } else if constexpr (std::is_same_v<T, bool>) {
          TF_SetAttrBool(description, name, value);
        } else if constexpr (std::is_same_v<T, Type>) {
          TF_SetAttrType(description, name, value.dtype);
        } else if constexpr (std::is_same_v<T, Shape>) {
          TF_SetAttrShape(description, name, value.dimensions.data(), value.dimensions.size());
        } else if constexpr (std::is_same_v<T, std::vector<int64_t>>) {
          TF_SetAttrIntList(description, name, value.data(), value.size());
        } else if constexpr (std::is_same_v<T, std::vector<float>>) {
          TF_SetAttrFloatList(description, name, value.data(), value.size());
        } else if constexpr (std::is_same_v<T, std::vector<unsigned char>>) {
          TF_SetAttrBoolList(description, name, value.data(), value.size());
        } else {
          static_assert(std::is_same_v<T, std::vector<TF_DataType>>);
          TF_SetAttrTypeList(description, name, value.data(), value.size());
        }
      },
      value_);
}

std::vector<Attribute> ReadAttributes(const Call &call, napi_value attributes) {
  std::vector<Attribute> result;
  for (napi_value attribute : call.Elements(attributes, "attrs")) result.push_back(Attribute::Read(call, attribute));
  return result;
}

}  // namespace tfnodejs
