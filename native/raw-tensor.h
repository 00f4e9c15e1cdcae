// Tensors as plain bytes, of every dtype whose elements have a size: tfjs itself knows only five dtypes.
#pragma once

#include "call.h"
#include "tf-owned.h"

namespace tfnodejs {

/// A tensor in host memory with a copy of the typed array's bytes, which need not be of a matching array type.
/// @throws CallError when the number of bytes does not follow from shape and dtype.
Tensor CopyToTensor(const Call &call, napi_value shape, napi_value dtype, napi_value typed_array);

}  // namespace tfnodejs
