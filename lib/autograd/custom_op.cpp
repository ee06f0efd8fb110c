#include <memory>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>

#include "autograd/lasting_name.hpp"
#include "autograd/list_op.hpp"
#include "core/checks.hpp"

namespace xtape {
namespace {

// What forward returned, by new tensors, which can be put on the tape whatever they are (one of the inputs, say, or
// the same twice).
std::vector<Tensor> fresh(const std::string& name, const std::vector<Tensor>& tensors) {
  if (tensors.empty()) throw ValueError(name + ": forward must return at least one tensor");
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) {
      throw ValueError(name + ": forward returned an undefined tensor as output " + std::to_string(result.size()));
    }
    result.push_back(tensor.detach());
  }
  return result;
}

// A gradient that the user's vjp may change: gradients of a run are often shared, with other operations or with who
// called backward. One that is recorded cannot be changed in place anyway.
Tensor own(const Tensor& gradient) {
  if (!gradient.defined() || gradient.requires_grad() || core::exclusive(gradient)) return gradient;
  return gradient.clone();
}

std::vector<Tensor> inputs_of(const autograd::Primals& primals, std::size_t count) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < count; ++i) tensors.push_back(primals.input(i));
  return tensors;
}
std::vector<Tensor> outputs_of(const autograd::Primals& primals, std::size_t count) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < count; ++i) tensors.push_back(primals.output(i));
  return tensors;
}

// An operation of the user, whose results are known: how many there are is known by computing them only. Of mapped
// inputs those of the first example are known.
struct UserOp {
  static constexpr bool keeps_all = true;
  static constexpr bool opaque = true;
  std::shared_ptr<const CustomOp> op;
  std::size_t inputs;
  std::vector<Tensor> computed;

  const char* name() const { return autograd::lasting_name(op->name); }
  std::size_t outputs() const { return computed.size(); }
  std::vector<Tensor> results(std::span<const Tensor>) const { return fresh(op->name, computed); }
  // Functions of the user may do with an example what they like.
  std::vector<Tensor> batch(const autograd::Examples& examples, std::span<const autograd::Mapped> mapped) const {
    return autograd::for_each_example(examples, mapped,
                                      [this](const std::vector<Tensor>& example) { return custom_op(*op, example); });
  }
  void vjp(const autograd::Primals& primals, std::span<const Tensor> g, autograd::Gradients& gradients) const {
    std::vector<Tensor> given;
    given.reserve(g.size());
    for (const Tensor& gradient : g) given.push_back(own(gradient));
    const std::vector<Tensor> found = op->vjp(given, inputs_of(primals, inputs), outputs_of(primals, g.size()));
    check_count("vjp", "gradients", found.size(), inputs);
    for (std::size_t i = 0; i < found.size(); ++i) gradients.set(i, found[i]);
  }
  std::vector<Tensor> jvp(const autograd::Primals& primals, std::span<const Tensor> dx) const {
    if (!op->jvp) {
      throw AutogradError(op->name + ": this custom_op has no jvp, which forward mode needs; give it one");
    }
    const std::vector<Tensor> results = outputs_of(primals, computed.size());
    std::vector<Tensor> found = op->jvp({dx.begin(), dx.end()}, inputs_of(primals, inputs), results);
    check_count("jvp", "tangents", found.size(), results.size());
    for (std::size_t i = 0; i < found.size(); ++i) check_tangent(found[i], results[i]);
    return found;
  }
  void check_tangent(const Tensor& tangent, const Tensor& value) const {
    if (!tangent.defined() || (tangent.shape() == value.shape() && tangent.dtype() == value.dtype())) return;
    throw AutogradError(op->name + ": jvp must return a tangent of shape " + value.shape().str() + " and type " +
                        xtape::name(value.dtype()) + ", got " + tangent.shape().str() + " and " +
                        xtape::name(tangent.dtype()));
  }
  void check_count(const char* function, const char* what, std::size_t given, std::size_t expected) const {
    if (given == expected) return;
    throw AutogradError(op->name + ": " + function + " must return " + std::to_string(expected) + " " + what +
                        ", got " + std::to_string(given));
  }
};

}  // namespace

std::vector<Tensor> custom_op(const CustomOp& op, const std::vector<Tensor>& inputs) {
  if (!op.forward || !op.vjp) throw ValueError("custom_op: '" + op.name + "' needs both forward and vjp");
  std::vector<Tensor> plain;
  for (const Tensor& input : inputs) {
    core::check_defined(op.name.c_str(), input);
    plain.push_back(autograd::first_example(input));
  }
  std::vector<Tensor> computed;
  {
    const NoGrad no_grad;
    computed = fresh(op.name, op.forward(plain));
  }
  return autograd::apply_list(UserOp{std::make_shared<const CustomOp>(op), inputs.size(), std::move(computed)},
                              inputs);
}

}  // namespace xtape
