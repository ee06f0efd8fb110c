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

// The mask is the last input.
template <class Options>
Options with_mask(Options options, const Tensors& x, const Config& arguments) {
  if (arguments.flag("masked", false)) options.mask = x.back();
  options.zero_output_for_mask = arguments.flag("zero_output_for_mask", false);
  options.go_backwards = arguments.flag("go_backwards", false);
  return options;
}

}  // namespace

Calls recurrent_calls() {
  return {
      {"lstm",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         const LstmOptions options{.activation = function_of(arguments, "activation"),
                                   .recurrent_activation = function_of(arguments, "recurrent_activation")};
         const LstmResult all = lstm(x[0], x[1], x[2], x[3], x[4], x[5], with_mask(options, x, arguments));
         return {all.outputs, all.hidden, all.cell};
       }},
      {"gru",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         const GruOptions options{.activation = function_of(arguments, "activation"),
                                  .recurrent_activation = function_of(arguments, "recurrent_activation"),
                                  .reset_after = arguments.flag("reset_after", true)};
         const GruResult all = gru(x[0], x[1], x[2], x[3], x[4], with_mask(options, x, arguments));
         return {all.outputs, all.hidden};
       }},
      {"simple_rnn",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         const SimpleRnnResult all =
             simple_rnn(x[0], x[1], x[2], x[3], x[4], with_mask(SimpleRnnOptions(), x, arguments));
         return {all.outputs, all.hidden};
       }},
  };
}

}  // namespace xtape::test
