// A TensorFlow graph under construction, with the small integers by which JavaScript names its parts.
#pragma once

#include <string>
#include <vector>

#include "call.h"
#include "tf-owned.h"

namespace tfnodejs {

class Graph {
 public:
  Graph() : graph_(TF_NewGraph()) {}

  TF_Graph *get() const { return graph_.get(); }

  /// Starts an operation under a name of its own. TensorFlow frees the description only in Finish, and has no way to
  /// give one up: everything that can fail must be read before.
  TF_OperationDescription *Start(const std::string &type);

  /// Adds the operation to the graph and returns what JavaScript sees of it:
  /// `{ op, outputs: [{ id, dtype, shape }] }`, shape null when its rank is unknown, -1 for an unknown dimension.
  napi_value Finish(const Call &call, TF_OperationDescription *description, const std::string &type);

  /// @throws CallError when there is no such output or operation.
  TF_Output OutputOf(const Call &call, int64_t id) const;
  TF_Operation *OperationOf(const Call &call, int64_t op) const;

 private:
  napi_value Describe(const Call &call, TF_Output output);

  GraphPointer graph_;
  std::vector<TF_Operation *> operations_;
  std::vector<TF_Output> outputs_;
};

}  // namespace tfnodejs
