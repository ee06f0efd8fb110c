#include <functional>
#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {
namespace {

// The default one where there is no such argument.
std::function<Tensor(const Tensor&)> function_of(const Config& arguments, const char* key) {
  const std::string name = arguments.text(key, "");
  if (name == "sin") return [](const Tensor& x) { return sin(x); };
  if (name == "half_tanh") return [](const Tensor& x) { return 0.5 + 0.4 * tanh(x); };
  return {};
}

}  // namespace

Calls recurrent_calls() {
  return {
      {"lstm",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         const LstmOptions options{.activation = function_of(arguments, "activation"),
                                   .recurrent_activation = function_of(arguments, "recurrent_activation")};
         const LstmResult all = lstm(x[0], x[1], x[2], x[3], x[4], x[5], options);
         return {all.outputs, all.hidden, all.cell};
       }},
      {"gru",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         const GruOptions options{.activation = function_of(arguments, "activation"),
                                  .recurrent_activation = function_of(arguments, "recurrent_activation"),
                                  .reset_after = arguments.flag("reset_after", true)};
         const GruResult all = gru(x[0], x[1], x[2], x[3], x[4], options);
         return {all.outputs, all.hidden};
       }},
  };
}

}  // namespace xtape::test
