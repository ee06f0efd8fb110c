#include <algorithm>
#include <map>
#include <string>
#include <xtape/error.hpp>
#include <xtape/initializers/variance_scaling.hpp>
#include <xtape/layers/einsum_dense.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/linalg.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct EinsumDenseFields {
  std::string equation = {};
  Lengths output_shape = {};
  EinsumDenseOptions options = {};

  void fields(Fields& f) {
    f("output_shape", output_shape)("equation", equation);
    options.fields(f);
  }
};

bool has(const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; }

// The letters of an equation, and where its ellipses stand.
struct Equation {
  enum class Ellipsis { none, left, right };

  std::string input, kernel, output;
  Ellipsis ellipsis = Ellipsis::none;

  explicit Equation(const std::string& text) {
    const std::size_t comma = text.find(','), arrow = text.find("->");
    const bool parts = comma != std::string::npos && arrow != std::string::npos && comma < arrow;
    if (!parts) throw_form(text);
    input = text.substr(0, comma);
    kernel = text.substr(comma + 1, arrow - comma - 1);
    output = text.substr(arrow + 2);
    if (input.starts_with("...") && output.starts_with("...")) {
      ellipsis = Ellipsis::left;
      input.erase(0, 3);
      output.erase(0, 3);
    } else if (input.ends_with("...") && output.ends_with("...")) {
      ellipsis = Ellipsis::right;
      input.erase(input.size() - 3);
      output.erase(output.size() - 3);
    }
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    for (const std::string* letters : {&input, &kernel, &output}) {
      if (letters->empty() || !std::all_of(letters->begin(), letters->end(), is_letter)) throw_form(text);
    }
    for (const char letter : kernel) {
      if (!has(input, letter) && !has(output, letter)) throw_nowhere(text, "kernel", letter, "input nor the output");
    }
    for (const char letter : output) {
      if (!has(input, letter) && !has(kernel, letter)) throw_nowhere(text, "output", letter, "input nor the kernel");
    }
  }

  // How many axes the ellipsis stands for. @throws ShapeError if the inputs have other ones than the letters say.
  int elided(const Shape& input_shape) const {
    const int letters = static_cast<int>(input.size()), count = input_shape.rank() - letters;
    // On the left there is the batch at least.
    const bool fits = ellipsis == Ellipsis::none ? count == 0 : count >= (ellipsis == Ellipsis::left ? 1 : 0);
    if (fits) return count;
    const std::string expected = ellipsis == Ellipsis::none   ? std::to_string(letters)
                                 : ellipsis == Ellipsis::left ? "at least " + std::to_string(letters + 1)
                                                              : "at least " + std::to_string(letters);
    throw ShapeError("expected inputs of " + expected + " dimensions, given " + input_shape.str());
  }

 private:
  [[noreturn]] static void throw_form(const std::string& text) {
    throw ValueError(
        "EinsumDense: an equation has the form [X],[Y]->[Z], ...[X],[Y]->...[Z] or [X]...,[Y]->[Z]..., "
        "each of letters, given " +
        text);
  }
  [[noreturn]] static void throw_nowhere(const std::string& text, const char* where, char letter, const char* others) {
    throw ValueError("EinsumDense: the " + std::string(where) + " of " + text + " has '" + letter +
                     "', which neither the " + others + " has");
  }
};

// The lengths that letters and ellipsis have for inputs of a shape.
class LengthsOfLetters {
 public:
  LengthsOfLetters(const Equation& equation, const Shape& given_output, const Shape& input_shape)
      : equation_(equation), input_shape_(input_shape), elided_(equation.elided(input_shape)) {
    const bool left = equation.ellipsis == Equation::Ellipsis::left;
    for (std::size_t i = 0; i < equation.input.size(); ++i) {
      input_[equation.input[i]] = input_shape[static_cast<int>(i) + (left ? elided_ : 0)];
    }
    // The batch is among the letters, or in the ellipsis on the left.
    Shape letters = given_output;
    if (!left) letters.insert(0, input_shape[0]);
    if (letters.size() != equation.output.size()) {
      throw ShapeError("output_shape " + given_output.str() + " must have " +
                       std::to_string(equation.output.size() - (left ? 0 : 1)) + " lengths");
    }
    for (std::size_t i = 0; i < equation.output.size(); ++i) {
      const char letter = equation.output[i];
      int64_t& length = output_[letter];
      length = letters[static_cast<int>(i)];
      const auto found = input_.find(letter);
      if (found == input_.end() || found->second == -1) continue;
      if (length != -1 && length != found->second) {
        throw ShapeError("output_shape " + given_output.str() + " has the length " + std::to_string(length) + " for '" +
                         letter + "', the inputs " + input_shape.str() + " have " + std::to_string(found->second));
      }
      length = found->second;
    }
  }

  Shape kernel() const {
    Shape shape;
    for (const char letter : equation_.kernel) {
      shape.push_back(known(letter, has(equation_.output, letter) ? output_.at(letter) : input_.at(letter)));
    }
    return shape;
  }

  Shape bias(const std::string& axes) const {
    const auto first =
        std::find_if(equation_.output.begin(), equation_.output.end(), [&](char letter) { return has(axes, letter); });
    Shape shape;
    for (auto letter = first; letter != equation_.output.end(); ++letter) {
      shape.push_back(has(axes, *letter) ? known(*letter, output_.at(*letter)) : 1);
    }
    const bool right = equation_.ellipsis == Equation::Ellipsis::right;
    for (int i = 0; right && i < elided_; ++i) shape.push_back(1);
    return shape;
  }

  Shape output() const {
    const bool left = equation_.ellipsis == Equation::Ellipsis::left;
    Shape shape;
    for (int axis = 0; left && axis < elided_; ++axis) shape.push_back(input_shape_[axis]);
    for (const char letter : equation_.output) shape.push_back(output_.at(letter));
    for (int axis = input_shape_.rank() - elided_; !left && axis < input_shape_.rank(); ++axis) {
      shape.push_back(input_shape_[axis]);
    }
    return shape;
  }

 private:
  int64_t known(char letter, int64_t length) const {
    if (length >= 1) return length;
    throw ShapeError("the length of '" + std::string(1, letter) + "' must be known, given inputs " +
                     input_shape_.str());
  }

  const Equation& equation_;
  const Shape input_shape_;
  const int elided_;
  std::map<char, int64_t> input_, output_;
};

class EinsumDenseImpl : public LayerImpl {
 public:
  explicit EinsumDenseImpl(EinsumDenseFields given)
      : LayerImpl(layer_options(given.options)), given_(std::move(given)), equation_(given_.equation) {
    for (const char letter : given_.options.bias_axes.value_or("")) {
      if (has(equation_.output, letter)) continue;
      throw ValueError("EinsumDense: the bias axis '" + std::string(1, letter) + "' is none of the output of " +
                       given_.equation);
    }
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    const EinsumDenseOptions& options = given_.options;
    const LengthsOfLetters lengths(equation_, given_.output_shape.shape(), input_shape);
    const Shape shape = lengths.kernel();
    int64_t inputs = 1, outputs = 1;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const bool out = has(equation_.output, equation_.kernel[static_cast<std::size_t>(axis)]);
      (out ? outputs : inputs) *= shape[axis];
    }
    kernel_ = add_weight("kernel", shape, initializers::for_fans(options.kernel_initializer, inputs, outputs),
                         {.regularizer = options.kernel_regularizer, .constraint = options.kernel_constraint});
    if (options.bias_axes) {
      bias_ = add_weight("bias", lengths.bias(*options.bias_axes), options.bias_initializer,
                         {.regularizer = options.bias_regularizer, .constraint = options.bias_constraint});
    }
  }

  Tensor call(const Tensor& x) {
    const Tensor y = einsum(given_.equation, {x.astype(dtype()), kernel_});
    return given_.options.activation(bias_.defined() ? y + bias_ : y);
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    return given_.options.activation.compute_output_shape(
        LengthsOfLetters(equation_, given_.output_shape.shape(), input_shape).output());
  }

 protected:
  void check_input(const Shape& shape) const override {
    bool fits = shape.rank() == build_shape().rank();
    for (std::size_t i = 0; fits && i < equation_.input.size(); ++i) {
      if (!has(equation_.kernel, equation_.input[i])) continue;
      const bool left = equation_.ellipsis == Equation::Ellipsis::left;
      const int axis = static_cast<int>(i) + (left ? equation_.elided(shape) : 0);
      fits = shape[axis] == -1 || shape[axis] == build_shape()[axis];
    }
    if (!fits) throw ShapeError("built for inputs " + build_shape().str() + ", given " + shape.str());
  }

 private:
  EinsumDenseFields given_;
  const Equation equation_;
  Tensor kernel_;
  Tensor bias_;
};

}  // namespace

void EinsumDenseOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("activation", activation)("bias_axes", bias_axes);
  f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
  f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
  f("activity_regularizer", activity_regularizer);
  f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  f.accept("lora_rank", {}).accept("lora_alpha", {}).accept("quantization_config", {});
}

EinsumDense::EinsumDense(const std::string& equation, const Lengths& output_shape, EinsumDenseOptions options)
    : Layer(make_layer<EinsumDenseImpl>(EinsumDenseFields{equation, output_shape, std::move(options)})) {}

EinsumDense EinsumDense::from_config(const Config& config) {
  auto given = read_fields<EinsumDenseFields>(config, "EinsumDense");
  return EinsumDense(given.equation, given.output_shape, std::move(given.options));
}

}  // namespace xtape::layers
