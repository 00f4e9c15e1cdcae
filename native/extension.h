// What the binding exports beyond stock tfjs-node: graphs, functions, and tensors of any dtype.
#pragma once

#include <node_api.h>

#include <memory>
#include <unordered_map>

#include "backend-access.h"
#include "call.h"
#include "graph.h"

namespace tfnodejs {

/// State of one JavaScript environment. Each worker thread has its own, as it has its own backend.
class Extension {
 public:
  explicit Extension(TFJSBackend *backend) : backend(backend) {}

  TFJSBackend *const backend;

  int64_t AddGraph();
  /// @throws CallError when there is no such graph.
  Graph &GraphOf(const Call &call, int64_t handle);
  void DeleteGraph(const Call &call, int64_t handle);

 private:
  std::unordered_map<int64_t, std::unique_ptr<Graph>> graphs_;
  int64_t next_graph_ = 0;
};

/// Adds the functions to `exports`. Leaves a JavaScript exception pending when that fails.
void RegisterExtension(napi_env env, napi_value exports, TFJSBackend *backend);

// The exported functions; each is described where it is defined.
napi_value GraphCreate(const Call &call);
napi_value GraphDelete(const Call &call);
napi_value GraphOp(const Call &call);
napi_value GraphConst(const Call &call);
napi_value GraphSetShape(const Call &call);
napi_value GraphToFunction(const Call &call);
napi_value AddFunction(const Call &call);
napi_value RemoveFunction(const Call &call);
napi_value AllOps(const Call &call);
napi_value CreateRawTensor(const Call &call);
napi_value ReadRawTensor(const Call &call);
napi_value TensorInfo(const Call &call);

}  // namespace tfnodejs
