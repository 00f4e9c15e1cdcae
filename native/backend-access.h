// The few doors this addition needs into the stock TFJSBackend, whose members are private.
//
// Set-up inserts `friend class BackendAccess;` into tfjs_backend.h (see scripts/setup/stock-edits.mjs), so everything that depends on
// the stock class's insides stands here.
#pragma once

#include <cstdint>

#include "tfjs_backend.h"

namespace tfnodejs {

class BackendAccess {
 public:
  static TFE_Context *Context(TFJSBackend *backend) { return backend->tfe_context_; }

  static const char *DeviceName(TFJSBackend *backend) { return backend->device_name.c_str(); }

  /// Gives the backend ownership of the handle and returns the tensor id that JavaScript knows it by.
  static int32_t Insert(TFJSBackend *backend, TFE_TensorHandle *handle) { return backend->InsertHandle(handle); }

  /// The handle of a tensor id, or null when there is no such tensor. Stays the backend's.
  static TFE_TensorHandle *Find(TFJSBackend *backend, int64_t id) {
    if (id != static_cast<int32_t>(id)) return nullptr;
    auto entry = backend->tfe_handle_map_.find(static_cast<int32_t>(id));
    return entry == backend->tfe_handle_map_.end() ? nullptr : entry->second;
  }
};

}  // namespace tfnodejs
