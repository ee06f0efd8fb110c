#include <algorithm>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>
#include <xtape/tensor.hpp>

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/number_format.hpp"
#include "core/tensor_impl.hpp"

namespace xtape {
namespace {

// NumPy's defaults (numpy.set_printoptions).
constexpr std::size_t line_width = 75;
constexpr int64_t summary_threshold = 1000;
constexpr int64_t edge_items = 3;

template <class T>
struct ElementFormat : core::FloatFormat<T> {
  using core::FloatFormat<T>::FloatFormat;
};

template <class T>
requires std::is_integral_v<T>
struct ElementFormat<T> {
  explicit ElementFormat(const std::vector<T>& values) {
    for (const T value : values) width = std::max(width, std::to_string(value).size());
  }
  std::string operator()(T value) const {
    const std::string text = std::to_string(value);
    return std::string(width - text.size(), ' ') + text;
  }
  std::size_t width = 0;
};

template <>
struct ElementFormat<bool> {
  explicit ElementFormat(const std::vector<bool>&) {}
  std::string operator()(bool value) const { return value ? " True" : "False"; }
};

// The text of a tensor of at least one dimension and one element.
template <class T>
class Printer {
 public:
  explicit Printer(const core::TensorImpl* tensor)
      : tensor_(tensor),
        first_(core::elements<const T>(tensor)),
        summarize_(tensor->numel > summary_threshold),
        format_(shown_values()) {}

  std::string text() const { return block(0, first_, " ", line_width); }

 private:
  int64_t length(std::size_t axis) const { return tensor_->shape[axis]; }
  bool summarized(std::size_t axis) const { return summarize_ && length(axis) > 2 * edge_items; }

  // Calls body(first element, whether it is the last one shown) along an axis, and gap() where entries are left out.
  template <class Body, class Gap>
  void for_each_shown(std::size_t axis, const T* first, const Body& body, const Gap& gap) const {
    for (int64_t i = 0; i < length(axis); ++i) {
      if (summarized(axis) && i == edge_items) {
        gap();
        i = length(axis) - edge_items;
      }
      body(first + i * tensor_->strides[axis], i + 1 == length(axis));
    }
  }

  std::vector<T> shown_values() const {
    std::vector<T> values;
    collect(0, first_, values);
    return values;
  }

  void collect(std::size_t axis, const T* first, std::vector<T>& values) const {
    if (axis == tensor_->shape.size()) return values.push_back(*first);
    for_each_shown(
        axis, first, [&](const T* next, bool) { collect(axis + 1, next, values); }, [] {});
  }

  // What lies below `axis`, in brackets. The first line is not indented; `width` is what a line may take.
  std::string block(std::size_t axis, const T* first, const std::string& indent, std::size_t width) const {
    std::string text = "[";
    text += (axis + 1 == tensor_->shape.size() ? row(axis, first, indent, width) : rows(axis, first, indent, width))
                .substr(indent.size());
    return text += "]";
  }

  std::string row(std::size_t axis, const T* first, const std::string& indent, std::size_t width) const {
    std::string lines, line = indent;
    const auto append = [&](const std::string& word) {
      // A line that holds nothing yet does not get wider by breaking it.
      if (line.size() + word.size() > width - 1 && line.size() > indent.size()) {
        lines += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        line = indent;
      }
      line += word;
    };
    for_each_shown(
        axis, first,
        [&](const T* element, bool last) {
          append(format_(*element));
          if (!last) line += " ";
        },
        [&] {
          append("...");
          line += " ";
        });
    return lines + line;
  }

  std::string rows(std::size_t axis, const T* first, const std::string& indent, std::size_t width) const {
    const std::string separator(tensor_->shape.size() - axis - 1, '\n');
    std::string lines;
    for_each_shown(
        axis, first,
        [&](const T* next, bool last) {
          lines += indent + block(axis + 1, next, indent + " ", width - 1) + (last ? "" : separator);
        },
        [&] { lines += indent + "..." + separator; });
    return lines;
  }

  const core::TensorImpl* tensor_;
  const T* first_;
  bool summarize_;
  ElementFormat<T> format_;
};

template <class T>
std::string text_of(const core::TensorImpl* tensor) {
  if (tensor->numel == 0) return "[]";
  if (!tensor->shape.empty()) return Printer<T>(tensor).text();
  const T value = *core::elements<const T>(tensor);
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "True" : "False";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else {
    return core::scalar_text(value);
  }
}

}  // namespace

std::string Tensor::str() const {
  if (!defined()) return "undefined";
  if (const core::Lift* lift = core::impl(*this)->lift.get()) lift->check_readable("str");
  core::check_readable("str");
  return core::switch_dtype(core::impl(*this)->dtype,
                            [&](auto type) { return text_of<decltype(type)>(core::impl(*this)); });
}

std::ostream& operator<<(std::ostream& stream, const Tensor& tensor) { return stream << tensor.str(); }

}  // namespace xtape
