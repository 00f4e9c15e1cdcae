#include "extension.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace tfnodejs {

namespace {

struct Export {
  const char *name;
  size_t arity;
  napi_value (*function)(const Call &);
};

constexpr Export kExports[] = {
    {"graphCreate", 0, GraphCreate},
    {"graphDelete", 1, GraphDelete},
    {"graphOp", 5, GraphOp},
    {"graphConst", 4, GraphConst},
    {"graphSetShape", 3, GraphSetShape},
    {"graphToFunction", 5, GraphToFunction},
    {"addFunction", 1, AddFunction},
    {"removeFunction", 1, RemoveFunction},
    {"allOps", 0, AllOps},
    {"createRawTensor", 3, CreateRawTensor},
    {"readRawTensor", 1, ReadRawTensor},
    {"tensorInfo", 1, TensorInfo},
};

/// What Node gives back with each call: which function, in which environment.
struct Bound {
  const Export *target;
  Extension *extension;
};

struct Environment {
  explicit Environment(TFJSBackend *backend) : extension(backend) {}

  Extension extension;
  Bound bound[std::size(kExports)];
};

napi_value Run(napi_env env, napi_callback_info info) {
  void *data = nullptr;
  size_t count = 0;
  if (napi_get_cb_info(env, info, &count, nullptr, nullptr, &data) != napi_ok) return nullptr;
  const Export &target = *static_cast<Bound *>(data)->target;
  Extension &extension = *static_cast<Bound *>(data)->extension;
  // Arguments that were left out come as undefined, which the readers refuse with a message that names them.
  std::vector<napi_value> arguments(target.arity);
  count = target.arity;
  if (napi_get_cb_info(env, info, &count, arguments.data(), nullptr, nullptr) != napi_ok) return nullptr;
  return target.function(Call(env, target.name, extension, std::move(arguments)));
}

/// C++ exceptions must not cross into Node: they end here and go on as JavaScript ones.
napi_value Dispatch(napi_env env, napi_callback_info info) {
  std::string message;
  bool is_type_error = false;
  try {
    return Run(env, info);
  } catch (const CallError &error) {
    message = error.what();
    is_type_error = error.is_type_error;
  } catch (const std::exception &error) {
    message = std::string("TensorFlow binding: ") + error.what();
  }
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  // A getter or the stock code may have thrown already; that error is nearer to the cause.
  if (!pending) (is_type_error ? napi_throw_type_error : napi_throw_error)(env, nullptr, message.c_str());
  return nullptr;
}

void DeleteEnvironment(void *environment) { delete static_cast<Environment *>(environment); }

}  // namespace

int64_t Extension::AddGraph() {
  graphs_.emplace(next_graph_, std::make_unique<Graph>());
  return next_graph_++;
}

Graph &Extension::GraphOf(const Call &call, int64_t handle) {
  auto entry = graphs_.find(handle);
  if (entry == graphs_.end()) {
    call.Fail("there is no graph " + std::to_string(handle) + ", expected a handle from graphCreate, not yet deleted");
  }
  return *entry->second;
}

void Extension::DeleteGraph(const Call &call, int64_t handle) {
  GraphOf(call, handle);
  graphs_.erase(handle);
}

void RegisterExtension(napi_env env, napi_value exports, TFJSBackend *backend) {
  auto *environment = new Environment(backend);
  napi_property_descriptor properties[std::size(kExports)] = {};
  for (size_t i = 0; i < std::size(kExports); i++) {
    environment->bound[i] = {&kExports[i], &environment->extension};
    properties[i].utf8name = kExports[i].name;
    properties[i].method = Dispatch;
    properties[i].attributes = napi_enumerable;
    properties[i].data = &environment->bound[i];
  }
  if (napi_add_env_cleanup_hook(env, DeleteEnvironment, environment) != napi_ok ||
      napi_define_properties(env, exports, std::size(properties), properties) != napi_ok) {
    napi_throw_error(env, nullptr, "TensorFlow binding: its functions could not be exported");
  }
}

}  // namespace tfnodejs
