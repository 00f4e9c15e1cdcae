// Owning pointers for what the TensorFlow C API hands out, so that every early exit frees it.
#pragma once

#include <memory>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

namespace tfnodejs {

template <auto free>
struct Freed {
  template <typename T>
  void operator()(T *object) const {
    free(object);
  }
};

using Status = std::unique_ptr<TF_Status, Freed<TF_DeleteStatus>>;
using Tensor = std::unique_ptr<TF_Tensor, Freed<TF_DeleteTensor>>;
using Buffer = std::unique_ptr<TF_Buffer, Freed<TF_DeleteBuffer>>;
using GraphPointer = std::unique_ptr<TF_Graph, Freed<TF_DeleteGraph>>;
using Function = std::unique_ptr<TF_Function, Freed<TF_DeleteFunction>>;

}  // namespace tfnodejs
