#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// How a function is captured. Whatever is switched off, results are the same, bit for bit.
struct CaptureOptions {
  /// For each input, its axes whose lengths may differ from run to run, such as that of a batch; inputs beyond the end
  /// have none. The function is called again for each new combination of lengths (and layouts in memory), so that all
  /// that depends on them follows; the programs of the last few are kept.
  std::vector<std::vector<Axis>> free_axes = {};
  /// Drops operations whose results nobody reads. Random numbers that are not read are drawn all the same.
  bool remove_dead_code = true;
  /// Computes what depends on constants alone once, at capture.
  bool fold_constants = true;
  /// Computes what is computed twice from the same tensors once, and copies nothing that nobody changes.
  bool eliminate_common_subexpressions = true;
  /// Has a matrix product or a convolution add the bias and apply the activation (relu, sigmoid, tanh) that follow.
  bool fuse_epilogues = true;
  /// Has an optimizer's step make gradients that are a column times a row, those of the kernels of Dense for a batch of
  /// one, block by block where it needs them, so that they take no memory.
  bool fuse_gradients = true;
  /// Computes elementwise operations that follow each other on tensors of one size in one pass: two sums, differences
  /// or products of float32 on registers, more of any kind on large tensors block by block.
  bool fuse_elementwise_chains = true;
  /// Has elementwise operations write over an operand that nobody reads afterwards.
  bool in_place = true;
};

/// A captured function has left a tensor behind that it was given or made. Its elements were never computed, and are
/// NaN, so that whoever calls the function again does not go on with them.
class XTAPE_API KeptTensorError : public AutogradError {
 public:
  using AutogradError::AutogradError;
};

/// A function as the list of the operations that it calls, on tensors of certain shapes and types. It runs again
/// without the function, without the tape and, but for its results, without taking memory for tensors.
///
/// Copies share all. One run takes place at a time; others wait.
class XTAPE_API Program {
 public:
  /// Runs the operations on `inputs`: bit for bit what the function computes. Inputs that lie in memory in another way
  /// than the examples did, transposed for one, are first copied into that, and results may differ in rounding then
  /// (with free axes the function is called again for that layout); examples that repeat elements, or span more than
  /// four times the memory of what they have, stand for contiguous ones. Random operations draw new numbers, in the same
  /// order. Tensors that the function closed over are read as they are now, and changed where it changes them; inputs
  /// likewise. Results are new tensors that require no gradient.
  /// @throws ValueError for another number of inputs than captured; for an input that the function changes and that
  /// lies in another way than the example did; and where inputs, or an input and a tensor that the function closed
  /// over, share elements of which the function changes some: a captured function does not know that they do.
  /// ShapeError, DTypeError for others than captured. AutogradError in a function that is captured, in a host_callback
  /// of this program, for inputs that are part of a transform or have a mask, and for one that the function changes and
  /// that requires a gradient while operations are recorded.
  std::vector<Tensor> operator()(const std::vector<Tensor>& inputs) const;
  /// The same of one input and one result: `program(x)`. What stands in braces is a list, also if it is one tensor.
  /// @throws ValueError if there are more.
  template <std::same_as<Tensor> Input>
  Tensor operator()(const Input& input) const {
    return run_single(input);
  }

  /// How many operations run.
  std::size_t size() const;
  /// The memory of all that is computed on the way, which results that do not live at the same time share.
  std::size_t arena_bytes() const;
  /// The operations, one a line: `%2 = tanh(%1)  float32 [32, 128]`, and the layers in whose calls it was captured,
  /// `sequential/dense_1`; for free axes, those of the examples.
  std::string str() const;
  /// The same as a graph for Graphviz (`dot -Tpng`).
  std::string to_dot() const;

 private:
  struct Implementation;
  friend XTAPE_API Program capture(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                   const std::vector<Tensor>& examples, const CaptureOptions& options);
  explicit Program(std::shared_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
  Tensor run_single(const Tensor& input) const;

  std::shared_ptr<Implementation> implementation_;
};

/// Calls `function` once, with tensors of the shapes, types and layouts of `examples`, and writes down the operations
/// that it calls: those of gradients, changes in place of tensors that it closed over, and random numbers among them.
/// Nothing is computed by that, and nothing changes: the first run of the program is the first time that it happens.
///
/// While `function` is captured, values cannot be read (`item()`, `data()`, a condition on a tensor), since the program
/// would take the same way for all inputs. Numbers that are no tensors are constants of the program. What is made once
/// only, such as the weights of a model and the state of an optimizer, is made before. Gradients that backward() leaves
/// in leaves are reset within the function, and are not there before. Threads that it starts are not captured.
///
/// Tensors that it closed over live as long as the program, which reads and changes their elements; other objects that
/// it closed over by reference have to, where there are free axes: then it is called again for other lengths, in the
/// modes (NoGrad, InferenceMode) of the capture, and finds what its handles and numbers are then. What it puts into
/// handles of its own, instead of changing a tensor in place, no run does.
/// @throws ValueError if `function`, an example or a result is undefined; IndexError for a free axis that its input
/// does not have; KeptTensorError if a tensor that is made outlives the function without being returned; AutogradError
/// where a value is read, for an example with a mask (mask.hpp), which is to be an input of its own, within another
/// capture, if a tensor that is read was filled by something that is no operation, if a result belongs to a transform
/// around, and if the function leaves or clears gradients.
XTAPE_API Program capture(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                          const std::vector<Tensor>& examples, const CaptureOptions& options = {});

/// Whether this thread calls a function to capture it: what is made once only cannot be made then.
XTAPE_API bool is_capturing();

}  // namespace xtape
