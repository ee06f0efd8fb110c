#include "ops/window_reference.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <xtape/ops/creation.hpp>

namespace xtape::test {
namespace {

// Calls body(position) for all positions below `lengths`, the last one fastest.
void for_each_position(const Lengths& lengths, const std::function<void(const Lengths&)>& body) {
  Lengths position(lengths.size(), 0);
  if (std::count(lengths.begin(), lengths.end(), 0)) return;
  while (true) {
    body(position);
    std::size_t axis = lengths.size();
    while (axis > 0 && ++position[axis - 1] == lengths[axis - 1]) position[--axis] = 0;
    if (axis == 0) return;
  }
}

// Numbers of a shape, in row-major order.
struct Array {
  explicit Array(const Lengths& shape) : lengths(shape) {
    int64_t count = 1;
    for (const int64_t length : lengths) count *= length;
    values.resize(static_cast<std::size_t>(count), 0.0);
  }
  explicit Array(const Tensor& x) : lengths(x.shape().begin(), x.shape().end()), values(x.to_vector<double>()) {}

  // At batch, spatial positions and channel.
  double& at(int64_t first, const Lengths& spatial, int64_t last) { return values[index({first}, spatial, {last})]; }
  // Of a kernel.
  double& at(const Lengths& spatial, int64_t before_last, int64_t last) {
    return values[index({}, spatial, {before_last, last})];
  }
  Lengths spatial(std::size_t begin, std::size_t end) const {
    return {lengths.begin() + static_cast<std::ptrdiff_t>(begin), lengths.end() - static_cast<std::ptrdiff_t>(end)};
  }
  Tensor tensor() const { return from_data(values.data(), Shape(lengths.begin(), lengths.end())); }

  Lengths lengths;
  std::vector<double> values;

 private:
  std::size_t index(const Lengths& a, const Lengths& b, const Lengths& c) const {
    int64_t result = 0;
    std::size_t axis = 0;
    for (const Lengths* part : {&a, &b, &c}) {
      for (const int64_t position : *part) result = result * lengths[axis++] + position;
    }
    return static_cast<std::size_t>(result);
  }
};

int64_t number(const Lengths& numbers, std::size_t axis) { return numbers.empty() ? 1 : numbers[axis]; }

// The windows along one axis.
struct Line {
  int64_t length, taps, stride, dilation;
  std::string padding;

  int64_t extent() const { return (taps - 1) * dilation + 1; }
  int64_t count() const {
    return padding == "valid" ? (length - extent()) / stride + 1 : (length + stride - 1) / stride;
  }
  int64_t before() const {
    if (padding == "causal") return extent() - 1;
    return padding == "same" ? std::max<int64_t>((count() - 1) * stride + extent() - length, 0) / 2 : 0;
  }
};

Line line_of(const Array& x, int64_t taps, const WindowOptions& options, std::size_t axis) {
  return {x.lengths[axis + 1], taps, number(options.strides, axis), number(options.dilation, axis), options.padding};
}

// The cells of x that the taps of a window see; none for those in the padding.
std::optional<Lengths> cell_of(const std::vector<Line>& lines, const Lengths& window, const Lengths& tap) {
  Lengths cell(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    cell[i] = window[i] * lines[i].stride + tap[i] * lines[i].dilation - lines[i].before();
    if (cell[i] < 0 || cell[i] >= lines[i].length) return {};
  }
  return cell;
}

Lengths with_ends(int64_t first, Lengths spatial, int64_t last) {
  spatial.insert(spatial.begin(), first);
  spatial.push_back(last);
  return spatial;
}

Lengths counts_of(const std::vector<Line>& lines) {
  Lengths counts;
  for (const Line& line : lines) counts.push_back(line.count());
  return counts;
}

}  // namespace

Tensor reference_conv(const Tensor& given_x, const Tensor& given_kernel, const WindowOptions& options) {
  Array x(given_x), kernel(given_kernel);
  const Lengths taps = kernel.spatial(0, 2);
  std::vector<Line> lines;
  for (std::size_t i = 0; i < taps.size(); ++i) lines.push_back(line_of(x, taps[i], options, i));
  const int64_t group_in = kernel.lengths[taps.size()], out = kernel.lengths.back(), group_out = out / options.groups;
  Array y(with_ends(x.lengths[0], counts_of(lines), out));
  for (int64_t n = 0; n < x.lengths[0]; ++n) {
    for_each_position(counts_of(lines), [&](const Lengths& window) {
      for_each_position(taps, [&](const Lengths& tap) {
        const auto cell = cell_of(lines, window, tap);
        if (!cell) return;
        for (int64_t o = 0; o < out; ++o)
          for (int64_t c = 0; c < group_in; ++c)
            y.at(n, window, o) += x.at(n, *cell, o / group_out * group_in + c) * kernel.at(tap, c, o);
      });
    });
  }
  return y.tensor();
}

Tensor reference_conv_transpose(const Tensor& given_x, const Tensor& given_kernel, const WindowOptions& options) {
  Array x(given_x), kernel(given_kernel);
  const Lengths taps = kernel.spatial(0, 2), cells = x.spatial(1, 1);
  const int64_t in = kernel.lengths.back(), out = kernel.lengths[taps.size()];
  // As keras/src/backend/common/backend_utils.py works them out for JAX: a result of (n - 1) * s - k + 2 cells is
  // padded by `left` and `right`; the whole one is padded by k - 1 on both sides.
  Lengths lengths, cropped;
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const int64_t stride = number(options.strides, i), extent = (taps[i] - 1) * number(options.dilation, i) + 1;
    int64_t left, right;
    if (options.padding == "valid") {
      left = extent - 1;
      right =
          extent - 1 + (options.output_padding.empty() ? std::max(extent, stride) - extent : options.output_padding[i]);
    } else {
      const int64_t both =
          options.output_padding.empty() ? stride + extent - 2 : extent + extent % 2 - 2 + options.output_padding[i];
      left = std::min(both / 2 + both % 2, extent - 1);
      right = both - left;
    }
    lengths.push_back((cells[i] - 1) * stride - extent + 2 + left + right);
    cropped.push_back(extent - 1 - left);
  }
  Array y(with_ends(x.lengths[0], lengths, out));
  for (int64_t n = 0; n < x.lengths[0]; ++n) {
    for_each_position(cells, [&](const Lengths& cell) {
      for_each_position(taps, [&](const Lengths& tap) {
        Lengths to(cells.size());
        for (std::size_t i = 0; i < to.size(); ++i) {
          to[i] = cell[i] * number(options.strides, i) + tap[i] * number(options.dilation, i) - cropped[i];
          if (to[i] < 0 || to[i] >= lengths[i]) return;
        }
        for (int64_t o = 0; o < out; ++o)
          for (int64_t c = 0; c < in; ++c) y.at(n, to, o) += x.at(n, cell, c) * kernel.at(tap, o, c);
      });
    });
  }
  return y.tensor();
}

Tensor reference_pool(const Tensor& given, const Lengths& size, const WindowOptions& options, bool largest) {
  Array x(given);
  std::vector<Line> lines;
  for (std::size_t i = 0; i < size.size(); ++i) {
    lines.push_back(line_of(x, size[i], options, i));
    if (options.strides.empty()) lines.back().stride = size[i];
  }
  Array y(with_ends(x.lengths[0], counts_of(lines), x.lengths.back()));
  for (int64_t n = 0; n < x.lengths[0]; ++n) {
    for_each_position(counts_of(lines), [&](const Lengths& window) {
      for (int64_t c = 0; c < x.lengths.back(); ++c) {
        double best = -std::numeric_limits<double>::infinity(), sum = 0;
        int64_t count = 0;
        for_each_position(size, [&](const Lengths& tap) {
          const auto cell = cell_of(lines, window, tap);
          if (!cell) return;
          best = std::max(best, x.at(n, *cell, c));
          sum += x.at(n, *cell, c);
          ++count;
        });
        y.at(n, window, c) = largest ? best : sum / static_cast<double>(count);
      }
    });
  }
  return y.tensor();
}

Tensor reference_adaptive_pool(const Tensor& given, const Lengths& bins, bool largest) {
  Array x(given);
  const Lengths cells = x.spatial(1, 1);
  Array y(with_ends(x.lengths[0], bins, x.lengths.back()));
  for (int64_t n = 0; n < x.lengths[0]; ++n) {
    for_each_position(bins, [&](const Lengths& bin) {
      for (int64_t c = 0; c < x.lengths.back(); ++c) {
        double best = -std::numeric_limits<double>::infinity(), sum = 0;
        int64_t count = 0;
        for_each_position(cells, [&](const Lengths& cell) {
          // A cell reaches over [cell / length, (cell + 1) / length), a bin over [bin / bins, (bin + 1) / bins): those
          // that meet.
          for (std::size_t i = 0; i < cell.size(); ++i) {
            const bool meet =
                cell[i] * bins[i] < (bin[i] + 1) * cells[i] && bin[i] * cells[i] < (cell[i] + 1) * bins[i];
            if (!meet) return;
          }
          best = std::max(best, x.at(n, cell, c));
          sum += x.at(n, cell, c);
          ++count;
        });
        y.at(n, bin, c) = largest ? best : sum / static_cast<double>(count);
      }
    });
  }
  return y.tensor();
}

}  // namespace xtape::test
