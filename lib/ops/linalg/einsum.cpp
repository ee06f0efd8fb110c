#include <algorithm>
#include <cctype>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include <xtape/detail/floating.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "core/checks.hpp"
#include "ops/support/conversion.hpp"

// Products that are summed along axes which have labels: everything becomes products of stacks of matrices.
namespace xtape {
namespace {

// Letters are their own label; the axes of an ellipsis, counted from the last one, are negative.
using Label = int;
using Labels = std::vector<Label>;

Labels joined(std::initializer_list<Labels> parts) {
  Labels all;
  for (const Labels& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

bool contains(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

// A tensor whose axes have these labels, no two the same.
struct Operand {
  Tensor x;
  Labels labels;
};

// The axes in this order; those that are left out are summed.
Operand arranged(const Operand& operand, const Labels& order) {
  Operand result = operand;
  std::vector<int> summed;
  Labels kept;
  for (std::size_t i = 0; i < operand.labels.size(); ++i) {
    if (contains(order, operand.labels[i])) {
      kept.push_back(operand.labels[i]);
    } else {
      summed.push_back(static_cast<int>(i));
    }
  }
  if (!summed.empty()) result = {sum(operand.x, summed), kept};
  if (result.labels == order) return result;
  std::vector<int> axes;
  for (const Label label : order) {
    axes.push_back(static_cast<int>(std::find(kept.begin(), kept.end(), label) - kept.begin()));
  }
  return {result.x.permute(axes), order};
}

// The lengths of x from axis `begin` on, but for `end` and what follows.
Shape part_of(const Tensor& x, std::size_t begin, std::size_t end) {
  return Shape(x.shape().begin() + begin, x.shape().begin() + end);
}

Shape joined(std::initializer_list<Shape> parts) {
  Shape all;
  for (const Shape& part : parts) {
    for (const int64_t length : part) all.push_back(length);
  }
  return all;
}

// The axes from `begin` on, as many as there are labels, as one.
Tensor merged(const Tensor& x, std::size_t begin, std::size_t count) {
  if (count == 1) return x;
  const std::size_t end = begin + count, rank = x.shape().size();
  return x.reshape(joined({part_of(x, 0, begin), {part_of(x, begin, end).numel()}, part_of(x, end, rank)}));
}

// An axis of length 1 that meets a longer one is as if it were not there.
void drop_broadcast_axes(Operand& operand, const Operand& other) {
  std::vector<int> dropped;
  Labels kept;
  for (std::size_t i = 0; i < operand.labels.size(); ++i) {
    const auto found = std::find(other.labels.begin(), other.labels.end(), operand.labels[i]);
    const bool broadcast = found != other.labels.end() && operand.x.shape()[i] == 1 &&
                           other.x.shape()[static_cast<std::size_t>(found - other.labels.begin())] != 1;
    if (broadcast) {
      dropped.push_back(static_cast<int>(i));
    } else {
      kept.push_back(operand.labels[i]);
    }
  }
  if (!dropped.empty()) operand = {operand.x.squeeze(dropped), kept};
}

// The product, summed along the labels that are not `wanted`.
Operand contracted(Operand a, Operand b, const Labels& wanted) {
  drop_broadcast_axes(a, b);
  drop_broadcast_axes(b, a);
  Labels shared, inner, rows, columns;
  for (const Label label : a.labels) {
    if (contains(b.labels, label)) {
      (contains(wanted, label) ? shared : inner).push_back(label);
    } else if (contains(wanted, label)) {
      rows.push_back(label);
    }
  }
  for (const Label label : b.labels) {
    if (!contains(a.labels, label) && contains(wanted, label)) columns.push_back(label);
  }
  const Tensor left = arranged(a, joined({shared, rows, inner})).x;
  const Labels result = joined({shared, rows, columns});
  if (inner.empty()) {
    // Nothing is summed: the axes that only one has are spread out beside each other.
    const Tensor right = arranged(b, joined({shared, columns})).x;
    const Shape none_of_columns(columns.size(), 1), none_of_rows(rows.size(), 1);
    const Tensor spread = left.reshape(joined({left.shape(), none_of_columns}));
    const std::size_t first = shared.size(), rank = right.shape().size();
    return {spread * right.reshape(joined({part_of(right, 0, first), none_of_rows, part_of(right, first, rank)})),
            result};
  }
  const Tensor right = arranged(b, joined({shared, inner, columns})).x;
  const std::size_t first = shared.size();
  const Tensor product = matmul(merged(merged(left, first + rows.size(), inner.size()), first, rows.size()),
                                merged(merged(right, first + inner.size(), columns.size()), first, inner.size()));
  const Shape lengths =
      joined({part_of(left, 0, first + rows.size()), part_of(right, first + inner.size(), right.shape().size())});
  return {product.shape() == lengths ? product : product.reshape(lengths), result};
}

// The one of operands that are contracted from the first to the last, whatever is in `output` kept.
Tensor contracted(const std::vector<Operand>& operands, const Labels& output) {
  Operand result = operands[0];
  for (std::size_t i = 1; i < operands.size(); ++i) {
    Labels wanted = output;
    for (std::size_t j = i + 1; j < operands.size(); ++j) {
      wanted.insert(wanted.end(), operands[j].labels.begin(), operands[j].labels.end());
    }
    result = contracted(std::move(result), operands[i], wanted);
  }
  return arranged(result, output).x;
}

// Axes with one label become their diagonal.
Operand without_repetitions(Operand operand) {
  for (std::size_t i = 0; i < operand.labels.size(); ++i) {
    for (std::size_t j = i + 1; j < operand.labels.size();) {
      if (operand.labels[i] != operand.labels[j]) {
        ++j;
        continue;
      }
      const int64_t length = operand.x.shape()[i];
      const Tensor last = moveaxis(operand.x, {static_cast<int>(i), static_cast<int>(j)}, {-2, -1});
      const Tensor flat = merged(last, last.shape().size() - 2, 2);
      const Tensor diagonal = flat.slice(-1, {.step = length + 1});
      operand = {moveaxis(diagonal, -1, static_cast<int>(i)), operand.labels};
      operand.labels.erase(operand.labels.begin() + static_cast<std::ptrdiff_t>(j));
    }
  }
  return operand;
}

// `equation` as labels.
class Equation {
 public:
  Equation(const std::string& text, const std::vector<Tensor>& operands) : text_(text) {
    std::string bare;
    for (const char c : text) {
      if (!std::isspace(static_cast<unsigned char>(c))) bare += c;
    }
    const std::size_t arrow = bare.find("->");
    read_inputs(std::string_view(bare).substr(0, arrow), operands);
    if (arrow == std::string::npos) {
      make_output();
    } else {
      read_output(std::string_view(bare).substr(arrow + 2));
    }
    check_lengths(operands);
  }

  const std::vector<Labels>& inputs() const { return inputs_; }
  const Labels& output() const { return output_; }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw ValueError("einsum: " + what + " in \"" + text_ + '"');
  }

  // The labels of one operand; `ellipsis` axes stand for the dots.
  Labels read(std::string_view subscripts, int ellipsis) const {
    Labels labels;
    bool dots = false;
    for (std::size_t i = 0; i < subscripts.size(); ++i) {
      if (std::isalpha(static_cast<unsigned char>(subscripts[i]))) {
        labels.push_back(subscripts[i]);
      } else if (subscripts.substr(i, 3) == "...") {
        if (dots) fail("a second ellipsis");
        dots = true;
        for (int axis = ellipsis; axis > 0; --axis) labels.push_back(-axis);
        i += 2;
      } else {
        fail(std::string("unexpected '") + subscripts[i] + '\'');
      }
    }
    return labels;
  }

  void read_inputs(std::string_view text, const std::vector<Tensor>& operands) {
    for (std::size_t begin = 0;;) {
      const std::size_t comma = text.find(',', begin);
      const std::string_view subscripts = text.substr(begin, comma - begin);
      if (inputs_.size() == operands.size())
        fail("more subscripts than the " + std::to_string(operands.size()) + " operands");
      const int rank = operands[inputs_.size()].rank();
      const bool dots = subscripts.find("...") != std::string_view::npos;
      const int letters = static_cast<int>(read(subscripts, 0).size());
      if (dots ? letters > rank : letters != rank) {
        throw ShapeError("einsum: subscripts \"" + std::string(subscripts) + "\" do not fit an operand of shape " +
                         operands[inputs_.size()].shape().str());
      }
      inputs_.push_back(read(subscripts, dots ? rank - letters : 0));
      ellipsis_ = std::max(ellipsis_, dots ? rank - letters : 0);
      if (comma == std::string_view::npos) break;
      begin = comma + 1;
    }
    if (inputs_.size() != operands.size()) {
      fail(std::to_string(operands.size()) + " operands, but " + std::to_string(inputs_.size()) + " subscripts");
    }
  }

  // Without an arrow: the axes of the ellipsis, and the letters that occur once, in alphabetical order.
  void make_output() {
    std::map<Label, int> count;
    for (const Labels& labels : inputs_) {
      for (const Label label : labels) ++count[label];
    }
    for (int axis = ellipsis_; axis > 0; --axis) output_.push_back(-axis);
    for (const auto& [label, times] : count) {
      if (label > 0 && times == 1) output_.push_back(label);
    }
  }

  void read_output(std::string_view text) {
    output_ = read(text, ellipsis_);
    for (std::size_t i = 0; i < output_.size(); ++i) {
      const std::string name = output_[i] > 0 ? std::string(1, static_cast<char>(output_[i])) : "...";
      const auto has = [&](const Labels& labels) { return contains(labels, output_[i]); };
      if (std::none_of(inputs_.begin(), inputs_.end(), has))
        fail("no operand has the axis '" + name + "' of the result");
      if (std::find(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(i), output_[i]) !=
          output_.begin() + static_cast<std::ptrdiff_t>(i)) {
        fail("the result has the axis '" + name + "' twice");
      }
    }
  }

  void check_lengths(const std::vector<Tensor>& operands) const {
    std::map<Label, int64_t> lengths;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Shape& shape = operands[i].shape();
      for (std::size_t axis = 0; axis < inputs_[i].size(); ++axis) {
        const Label label = inputs_[i][axis];
        int64_t& known = lengths.try_emplace(label, shape[axis]).first->second;
        const bool repeated = std::count(inputs_[i].begin(), inputs_[i].end(), label) > 1;
        if (known == 1 && !repeated) known = shape[axis];
        if (shape[axis] == known || (shape[axis] == 1 && !repeated)) continue;
        const std::string name = label > 0 ? std::string(1, static_cast<char>(label)) : "...";
        throw ShapeError("einsum: the axis '" + name + "' of \"" + text_ + "\" has lengths " + std::to_string(known) +
                         " and " + std::to_string(shape[axis]));
      }
    }
  }

  const std::string& text_;
  std::vector<Labels> inputs_;
  Labels output_;
  int ellipsis_ = 0;  // axes that it stands for at most
};

// All of the floating type that holds each.
std::vector<Tensor> of_one_type(const char* operation, const std::vector<Tensor>& operands) {
  for (const Tensor& operand : operands) core::check_defined(operation, operand);
  DType type = operands[0].dtype();
  for (const Tensor& operand : operands) type = promote_types(type, operand.dtype());
  std::vector<Tensor> result;
  for (const Tensor& operand : operands) {
    result.push_back(ops::converted(operation, operand, detail::floating_type(type)));
  }
  return result;
}

std::string text_of(const std::vector<int>& axes) {
  std::string text = "{";
  for (std::size_t i = 0; i < axes.size(); ++i) text += (i ? ", " : "") + std::to_string(axes[i]);
  return text + "}";
}

// Counted from the front.
std::vector<int> checked_axes(const char* operation, const Axes& axes, int rank) {
  core::checked_axes(operation, axes, rank);
  std::vector<int> result;
  for (const int axis : axes.values()) result.push_back(core::checked_axis(operation, axis, rank));
  return result;
}

// Labels 1, 2, ... from `next` on, but for the axes that have the labels `of_axes`.
Labels labels_with(int rank, const std::vector<int>& axes, const Labels& of_axes, Label next) {
  Labels labels;
  for (int axis = 0; axis < rank; ++axis) labels.push_back(next + axis);
  for (std::size_t i = 0; i < axes.size(); ++i) labels[static_cast<std::size_t>(axes[i])] = of_axes[i];
  return labels;
}

// a and b, summed along pairs of axes; axes_a and axes_b are the first one of `shared` axes that stay.
Tensor tensordot_of(const char* operation, const Tensor& given_a, const Tensor& given_b, const std::vector<int>& axes_a,
                    const std::vector<int>& axes_b, std::size_t shared) {
  const std::vector<Tensor> operands = of_one_type(operation, {given_a, given_b});
  const Tensor &a = operands[0], &b = operands[1];
  for (std::size_t i = 0; i < axes_a.size(); ++i) {
    if (a.shape(axes_a[i]) == b.shape(axes_b[i])) continue;
    throw ShapeError(std::string(operation) + ": axes " + text_of(axes_a) + " of a " + a.shape().str() + " and " +
                     text_of(axes_b) + " of b " + b.shape().str() + " have different lengths");
  }
  Labels pairs;
  for (std::size_t i = 0; i < axes_a.size(); ++i) pairs.push_back(static_cast<Label>(i) + 1);
  const Operand left{a, labels_with(a.rank(), axes_a, pairs, 1000)};
  const Operand right{b, labels_with(b.rank(), axes_b, pairs, 2000)};
  Labels output(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(shared));
  for (const Operand* operand : {&left, &right}) {
    for (const Label label : operand->labels) {
      if (label >= 1000) output.push_back(label);
    }
  }
  return contracted({left, right}, output);
}

}  // namespace

Tensor einsum(const std::string& equation, const std::vector<Tensor>& given) {
  if (given.empty()) throw ValueError("einsum: expected at least one operand");
  const std::vector<Tensor> operands = of_one_type("einsum", given);
  const Equation parsed(equation, operands);
  std::vector<Operand> labelled;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    labelled.push_back(without_repetitions({operands[i], parsed.inputs()[i]}));
  }
  return contracted(labelled, parsed.output());
}

Tensor tensordot(const Tensor& a, const Tensor& b, const Axes& axes_a, const Axes& axes_b) {
  core::check_defined("tensordot", a);
  core::check_defined("tensordot", b);
  const std::vector<int> of_a = checked_axes("tensordot", axes_a, a.rank());
  const std::vector<int> of_b = checked_axes("tensordot", axes_b, b.rank());
  if (axes_a.all() || axes_b.all() || of_a.size() != of_b.size()) {
    throw ValueError("tensordot: expected as many axes of a as of b, given " + text_of(of_a) + " and " + text_of(of_b));
  }
  return tensordot_of("tensordot", a, b, of_a, of_b, 0);
}

Tensor tensordot(const Tensor& a, const Tensor& b, Count axes) {
  core::check_defined("tensordot", a);
  core::check_defined("tensordot", b);
  if (axes < 0 || axes > a.rank() || axes > b.rank()) {
    throw ValueError("tensordot: expected at most as many axes as a " + a.shape().str() + " and b " + b.shape().str() +
                     " have, given " + std::to_string(axes));
  }
  std::vector<int> of_a, of_b;
  for (int axis = 0; axis < axes; ++axis) {
    of_a.push_back(a.rank() - static_cast<int>(axes) + axis);
    of_b.push_back(axis);
  }
  return tensordot_of("tensordot", a, b, of_a, of_b, 0);
}

Tensor batch_dot(const Tensor& a, const Tensor& b, Axis axis_a, Axis axis_b) {
  core::check_defined("batch_dot", a);
  core::check_defined("batch_dot", b);
  if (a.rank() < 2 || b.rank() < 2) {
    throw ShapeError("batch_dot: expected at least 2 dimensions, given a " + a.shape().str() + " and b " +
                     b.shape().str());
  }
  const int of_a = core::checked_axis("batch_dot", axis_a, a.rank());
  const int of_b = core::checked_axis("batch_dot", axis_b, b.rank());
  if (of_a == 0 || of_b == 0) throw ValueError("batch_dot: axis 0 is that of the batch, which is not summed");
  const Tensor result = tensordot_of("batch_dot", a, b, {0, of_a}, {0, of_b}, 1);
  return result.rank() == 1 ? result.expand_dims(1) : result;
}

}  // namespace xtape
