#include <string>
#include <vector>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/ctc.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/ctc.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/program.hpp>

#include "losses/function_loss.hpp"

namespace xtape::losses {
namespace {

constexpr const char* name = "ctc";
constexpr int64_t blank = 0;

void check_shapes(const Shape& y_true, const Shape& y_pred) {
  if (y_pred.rank() != 3) {
    throw ShapeError(std::string(name) + ": expected logits [batch, time, classes], given " + y_pred.str());
  }
  if (y_true.rank() != 2 || y_true[0] != y_pred[0]) {
    throw ShapeError(std::string(name) + ": expected labels [" + std::to_string(y_pred[0]) +
                     ", labels] for predictions " + y_pred.str() + ", given " + y_true.str());
  }
}

// Each row: labels, then padding, with a step for each label and one more between two equal ones.
void check_labels(const Tensor& y_true, int64_t steps, int64_t classes) {
  const Tensor whole = detail::whole_numbers_below(std::string(name) + ": label", y_true.detach(), classes);
  const Tensor values = detail::values_to_check(whole);
  const int64_t* labels = values.data<const int64_t>();
  const int64_t length = y_true.shape(-1), rows = length == 0 ? 0 : values.numel() / length;
  for (int64_t row = 0; row < rows; ++row, labels += length) {
    int64_t needed = 0;
    bool padding = false;
    for (int64_t i = 0; i < length; ++i) {
      if (labels[i] != blank && padding) {
        throw ValueError(std::string(name) + ": sample " + std::to_string(row) +
                         " has a 0, the class of blanks and padding, in front of label " + std::to_string(labels[i]) +
                         "; labels are from 1 on, and padding is at the end");
      }
      padding = padding || labels[i] == blank;
      if (!padding) needed += 1 + (i > 0 && labels[i] == labels[i - 1] ? 1 : 0);
    }
    if (needed > steps) {
      throw ValueError(std::string(name) + ": the labels of sample " + std::to_string(row) + " need " +
                       std::to_string(needed) +
                       " steps, one for each and one between two equal ones, but predictions "
                       "have " +
                       std::to_string(steps));
    }
  }
}

void check(const char*, const Tensor& y_true, const Shape& prediction_shape) {
  check_shapes(y_true.shape(), prediction_shape);
  check_labels(y_true, prediction_shape[1], prediction_shape[2]);
}

}  // namespace

Tensor ctc(const Tensor& y_true, const Tensor& y_pred) {
  detail::check_defined(name, y_true, y_pred);
  check_shapes(y_true.shape(), y_pred.shape());
  // While a function is captured there are no elements yet; ctc_loss leaves the check of labels to each run.
  if (!is_capturing()) check_labels(y_true, y_pred.shape(1), y_pred.shape(2));
  const Tensor label_length = sum((y_true.detach() != blank).astype(int64), -1);
  return ctc_loss(y_true, y_pred, label_length, full({y_pred.shape(0)}, y_pred.shape(1), int64), blank);
}

CTC::CTC(LossOptions options) : Loss(plain_loss("CTC", "ctc", ctc, std::move(options), check)) {}

}  // namespace xtape::losses
