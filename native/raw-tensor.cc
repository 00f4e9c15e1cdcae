#include "raw-tensor.h"

#include <cstring>
#include <string>

#include "extension.h"

namespace tfnodejs {

namespace {

std::string ShapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); i++) text += (i ? "," : "") + std::to_string(shape[i]);
  return text + "]";
}

size_t ByteLength(const Call &call, const std::vector<int64_t> &shape, TF_DataType dtype) {
  size_t length = TF_DataTypeSize(dtype);
  if (length == 0) {
    call.Fail("dtype " + std::to_string(dtype) + " has no elements of fixed size, expected a number type");
  }
  for (int64_t dimension : shape) {
    if (dimension < 0) call.Fail("shape is " + ShapeText(shape) + ", expected no negative dimension");
    if (__builtin_mul_overflow(length, static_cast<size_t>(dimension), &length)) {
      call.Fail("shape is " + ShapeText(shape) + ", which no memory can hold");
    }
  }
  return length;
}

TFE_TensorHandle *HandleArgument(const Call &call) {
  const int64_t id = call.Integer(call.Argument(0), "id");
  TFE_TensorHandle *handle = BackendAccess::Find(call.extension.backend, id);
  if (!handle) call.Fail("there is no tensor " + std::to_string(id) + "; was it deleted before?");
  return handle;
}

}  // namespace

Tensor CopyToTensor(const Call &call, napi_value shape_value, napi_value dtype_value, napi_value typed_array) {
  const std::vector<int64_t> shape = call.Integers(shape_value, "shape");
  const auto dtype = static_cast<TF_DataType>(call.Integer(dtype_value, "dtype"));
  const Bytes bytes = call.BytesOf(typed_array, "values");
  const size_t expected = ByteLength(call, shape, dtype);
  if (bytes.length != expected) {
    call.Fail("values have " + std::to_string(bytes.length) + " bytes, expected " + std::to_string(expected) +
              " for shape " + ShapeText(shape) + " and dtype " + std::to_string(dtype));
  }
  Tensor tensor(TF_AllocateTensor(dtype, shape.data(), shape.size(), expected));
  if (!tensor) call.Fail("no memory for " + std::to_string(expected) + " bytes");
  if (expected > 0) std::memcpy(TF_TensorData(tensor.get()), bytes.data, expected);
  return tensor;
}

/// createRawTensor(shape, dtype, typedArray): id of a new tensor with a copy of the bytes, on the backend's device.
/// deleteTensor frees it.
napi_value CreateRawTensor(const Call &call) {
  const Tensor tensor = CopyToTensor(call, call.Argument(0), call.Argument(1), call.Argument(2));
  Status status(TF_NewStatus());
  TFE_TensorHandle *handle = TFE_NewTensorHandle(tensor.get(), status.get());
  call.Check(status, "make a tensor");
  TFJSBackend *backend = call.extension.backend;
  // As in the stock createTensor: GPU kernels take int32 (shapes, axes, indices) from host memory.
  if (TF_TensorType(tensor.get()) != TF_INT32) {
    TFE_TensorHandle *moved = TFE_TensorHandleCopyToDevice(handle, BackendAccess::Context(backend),
                                                           BackendAccess::DeviceName(backend), status.get());
    TFE_DeleteTensorHandle(handle);
    call.Check(status, "copy a tensor to " + std::string(BackendAccess::DeviceName(backend)));
    handle = moved;
  }
  return call.FromInteger(BackendAccess::Insert(backend, handle));
}

/// readRawTensor(id): a copy of the tensor's bytes. Waits until they are computed.
napi_value ReadRawTensor(const Call &call) {
  TFE_TensorHandle *handle = HandleArgument(call);
  const TF_DataType dtype = TFE_TensorHandleDataType(handle);
  if (TF_DataTypeSize(dtype) == 0) {
    call.Fail("the tensor has dtype " + std::to_string(dtype) +
              ", whose elements have no fixed size; tensorDataSync reads strings");
  }
  Status status(TF_NewStatus());
  const Tensor tensor(TFE_TensorHandleResolve(handle, status.get()));
  call.Check(status, "read a tensor");
  return call.FromBytes(TF_TensorData(tensor.get()), TF_TensorByteSize(tensor.get()));
}

/// tensorInfo(id): `{ dtype, shape }`. A handle of a resource has dtype 20 and shape []; what it stands for is not told.
napi_value TensorInfo(const Call &call) {
  TFE_TensorHandle *handle = HandleArgument(call);
  Status status(TF_NewStatus());
  const int rank = TFE_TensorHandleNumDims(handle, status.get());
  call.Check(status, "tell a tensor's rank");
  std::vector<int64_t> shape;
  for (int i = 0; i < rank; i++) {
    shape.push_back(TFE_TensorHandleDim(handle, i, status.get()));
    call.Check(status, "tell a tensor's shape");
  }
  napi_value result = call.NewObject();
  call.Set(result, "dtype", call.FromInteger(TFE_TensorHandleDataType(handle)));
  call.Set(result, "shape", call.FromIntegers(shape));
  return result;
}

}  // namespace tfnodejs
