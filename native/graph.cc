#include "graph.h"

#include "attribute.h"
#include "extension.h"
#include "raw-tensor.h"

namespace tfnodejs {

TF_OperationDescription *Graph::Start(const std::string &type) {
  // Names must be unique and may not begin with an underscore, as the types of internal operations do.
  std::string name = (type[0] == '_' ? "op" : "") + type + "_" + std::to_string(operations_.size());
  return TF_NewOperation(graph_.get(), type.c_str(), name.c_str());
}

napi_value Graph::Finish(const Call &call, TF_OperationDescription *description, const std::string &type) {
  Status status(TF_NewStatus());
  TF_Operation *operation = TF_FinishOperation(description, status.get());
  call.Check(status, "add a " + type + " to the graph");
  operations_.push_back(operation);
  std::vector<napi_value> outputs;
  for (int i = 0; i < TF_OperationNumOutputs(operation); i++) {
    outputs.push_back(Describe(call, TF_Output{operation, i}));
  }
  napi_value result = call.NewObject();
  call.Set(result, "op", call.FromInteger(operations_.size() - 1));
  call.Set(result, "outputs", call.FromElements(outputs));
  return result;
}

napi_value Graph::Describe(const Call &call, TF_Output output) {
  outputs_.push_back(output);
  napi_value result = call.NewObject();
  call.Set(result, "id", call.FromInteger(outputs_.size() - 1));
  call.Set(result, "dtype", call.FromInteger(TF_OperationOutputType(output)));
  Status status(TF_NewStatus());
  const int rank = TF_GraphGetTensorNumDims(graph_.get(), output, status.get());
  call.Check(status, "infer the rank of an output");
  if (rank < 0) {
    call.Set(result, "shape", call.Null());
    return result;
  }
  std::vector<int64_t> shape(rank);
  TF_GraphGetTensorShape(graph_.get(), output, shape.data(), rank, status.get());
  call.Check(status, "infer the shape of an output");
  call.Set(result, "shape", call.FromIntegers(shape));
  return result;
}

TF_Output Graph::OutputOf(const Call &call, int64_t id) const {
  if (id < 0 || id >= static_cast<int64_t>(outputs_.size())) {
    call.Fail("there is no output " + std::to_string(id) + ", this graph has " + std::to_string(outputs_.size()));
  }
  return outputs_[id];
}

TF_Operation *Graph::OperationOf(const Call &call, int64_t op) const {
  if (op < 0 || op >= static_cast<int64_t>(operations_.size())) {
    call.Fail("there is no operation " + std::to_string(op) + ", this graph has " + std::to_string(operations_.size()));
  }
  return operations_[op];
}

namespace {

Graph &FirstArgument(const Call &call) {
  return call.extension.GraphOf(call, call.Integer(call.Argument(0), "graph"));
}

std::vector<TF_Output> Outputs(const Call &call, const Graph &graph, napi_value ids, const char *what) {
  std::vector<TF_Output> outputs;
  for (int64_t id : call.Integers(ids, what)) outputs.push_back(graph.OutputOf(call, id));
  return outputs;
}

std::vector<TF_Operation *> Operations(const Call &call, const Graph &graph, napi_value ops) {
  std::vector<TF_Operation *> operations;
  for (int64_t op : call.Integers(ops, "controlOps")) operations.push_back(graph.OperationOf(call, op));
  return operations;
}

/// An operation's input is one output of another, or a list of them, and TensorFlow tells the two apart.
struct Input {
  bool is_list;
  std::vector<TF_Output> outputs;
};

std::vector<Input> Inputs(const Call &call, const Graph &graph, napi_value value) {
  std::vector<Input> inputs;
  for (napi_value element : call.Elements(value, "inputs")) {
    if (call.IsArray(element)) {
      inputs.push_back({true, Outputs(call, graph, element, "a list among inputs")});
    } else {
      inputs.push_back({false, {graph.OutputOf(call, call.Integer(element, "an element of inputs"))}});
    }
  }
  return inputs;
}

}  // namespace

/// graphCreate(): handle of a new, empty graph. It lives until graphDelete.
napi_value GraphCreate(const Call &call) { return call.FromInteger(call.extension.AddGraph()); }

/// graphDelete(graph). Functions made from the graph stay.
napi_value GraphDelete(const Call &call) {
  call.extension.DeleteGraph(call, call.Integer(call.Argument(0), "graph"));
  return nullptr;
}

/// graphOp(graph, type, attrs, inputs, controlOps): adds one operation. Nothing is computed; shapes are inferred.
/// `attrs` as in executeOp; an element of `inputs` is an output's id, or an array of ids for a list input; the new
/// operation runs after the operations `controlOps`.
napi_value GraphOp(const Call &call) {
  Graph &graph = FirstArgument(call);
  const std::string type = call.String(call.Argument(1), "type");
  const std::vector<Attribute> attributes = ReadAttributes(call, call.Argument(2));
  const std::vector<Input> inputs = Inputs(call, graph, call.Argument(3));
  const std::vector<TF_Operation *> control = Operations(call, graph, call.Argument(4));

  TF_OperationDescription *description = graph.Start(type);
  for (const Input &input : inputs) {
    if (input.is_list) {
      TF_AddInputList(description, input.outputs.data(), input.outputs.size());
    } else {
      TF_AddInput(description, input.outputs[0]);
    }
  }
  for (TF_Operation *operation : control) TF_AddControlInput(description, operation);
  for (const Attribute &attribute : attributes) attribute.Apply(description);
  return graph.Finish(call, description, type);
}

/// graphConst(graph, shape, dtype, typedArray): adds a constant with a copy of the bytes.
napi_value GraphConst(const Call &call) {
  Graph &graph = FirstArgument(call);
  const Tensor tensor = CopyToTensor(call, call.Argument(1), call.Argument(2), call.Argument(3));
  TF_OperationDescription *description = graph.Start("Const");
  Status status(TF_NewStatus());
  TF_SetAttrTensor(description, "value", tensor.get(), status.get());
  TF_SetAttrType(description, "dtype", TF_TensorType(tensor.get()));
  // Finished even when the value was refused, because only that frees the description; Finish then fails as well.
  return graph.Finish(call, description, "Const");
}

/// graphSetShape(graph, id, shape): tells what inference cannot know, such as the shape behind a resource. -1 is an
/// unknown dimension. TensorFlow refuses a shape that contradicts what it inferred.
napi_value GraphSetShape(const Call &call) {
  Graph &graph = FirstArgument(call);
  const TF_Output output = graph.OutputOf(call, call.Integer(call.Argument(1), "id"));
  const std::vector<int64_t> shape = call.Integers(call.Argument(2), "shape");
  Status status(TF_NewStatus());
  TF_GraphSetTensorShape(graph.get(), output, shape.data(), shape.size(), status.get());
  call.Check(status, "set the shape of an output");
  return nullptr;
}

/// graphToFunction(graph, name, inputs, outputs, controlOps): makes the graph a function of `inputs` (placeholders'
/// outputs), registers it so that executeOp can run `name`, and returns its FunctionDef as bytes. `controlOps` run in
/// every call even when no output needs them: the writes to variables.
napi_value GraphToFunction(const Call &call) {
  Graph &graph = FirstArgument(call);
  const std::string name = call.String(call.Argument(1), "name");
  const std::vector<TF_Output> inputs = Outputs(call, graph, call.Argument(2), "inputs");
  const std::vector<TF_Output> outputs = Outputs(call, graph, call.Argument(3), "outputs");
  const std::vector<TF_Operation *> control = Operations(call, graph, call.Argument(4));
  // Control outputs must be named. Operations' names are unique, so they serve.
  std::vector<const char *> control_names;
  for (TF_Operation *operation : control) control_names.push_back(TF_OperationName(operation));

  Status status(TF_NewStatus());
  const Function function(TF_GraphToFunctionWithControlOutputs(
      graph.get(), name.c_str(), /*append_hash_to_fn_name=*/0, /*num_opers=*/-1, /*opers=*/nullptr, inputs.size(),
      inputs.data(), outputs.size(), outputs.data(), /*output_names=*/nullptr, control.size(), control.data(),
      control_names.data(), /*opts=*/nullptr, /*description=*/nullptr, status.get()));
  call.Check(status, "make the graph a function '" + name + "'");
  const Buffer definition(TF_NewBuffer());
  TF_FunctionToFunctionDef(function.get(), definition.get(), status.get());
  call.Check(status, "serialize the function '" + name + "'");
  TFE_ContextAddFunction(BackendAccess::Context(call.extension.backend), function.get(), status.get());
  call.Check(status, "register the function '" + name + "'");
  return call.FromBytes(definition->data, definition->length);
}

/// addFunction(bytes): registers a FunctionDef that graphToFunction gave, in this process or another.
napi_value AddFunction(const Call &call) {
  const Bytes bytes = call.BytesOf(call.Argument(0), "bytes");
  Status status(TF_NewStatus());
  TFE_ContextAddFunctionDef(BackendAccess::Context(call.extension.backend), static_cast<const char *>(bytes.data),
                            bytes.length, status.get());
  call.Check(status, "register a function of " + std::to_string(bytes.length) + " bytes");
  return nullptr;
}

/// removeFunction(name): undoes its registration; its compiled form is freed.
napi_value RemoveFunction(const Call &call) {
  const std::string name = call.String(call.Argument(0), "name");
  Status status(TF_NewStatus());
  TFE_ContextRemoveFunction(BackendAccess::Context(call.extension.backend), name.c_str(), status.get());
  call.Check(status, "remove the function '" + name + "'");
  return nullptr;
}

/// allOps(): every operation this TensorFlow knows, as the bytes of an OpList protocol buffer.
napi_value AllOps(const Call &call) {
  const Buffer list(TF_GetAllOpList());
  return call.FromBytes(list->data, list->length);
}

}  // namespace tfnodejs
