#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/parallel.hpp"
#include "kernels/optimizers/optimizer.hpp"

// Steps whose size depends on sums over a whole variable. Blocks do not depend on the number of threads, and their sums
// are added in their order, so that results do not either.
namespace xtape::kernels {
namespace {

// Part of a variable: the elements [begin, begin + count). Where it has rows, whole rows, of one matrix.
struct Block {
  std::size_t variable;
  int64_t begin, count;
};

constexpr int64_t block_size = 4096;

std::size_t first_of(const std::vector<std::size_t>& firsts, const Block& block) { return firsts[block.variable]; }

template <class T>
bool is_factored(const OptimizerVariable<T>& x) {
  return x.rows > 0 && x.columns > 0;
}

template <class T>
OptimizerVariable<T> part_of(const OptimizerVariable<T>& x, int64_t begin, int64_t count) {
  OptimizerVariable<T> part{count, x.value + begin, x.gradient + begin, {}};
  for (int slot = 0; slot < 3; ++slot) part.slots[slot] = x.slots[slot] ? x.slots[slot] + begin : nullptr;
  return part;
}

// Blocks of all variables, one after the other, of about block_size elements; `by_rows` has them hold whole rows, at
// least 16 if there are that many, since each block sums columns of its own.
template <class T>
std::vector<Block> blocks_of(std::span<const OptimizerVariable<T>> variables, bool by_rows) {
  std::vector<Block> blocks;
  const auto add = [&](std::size_t variable, int64_t begin, int64_t size, int64_t step) {
    for (int64_t i = 0; i < size; i += step) blocks.push_back({variable, begin + i, std::min(step, size - i)});
  };
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const OptimizerVariable<T>& x = variables[i];
    if (!by_rows || !is_factored(x)) {
      add(i, 0, x.size, block_size);
      continue;
    }
    const int64_t rows = std::max<int64_t>(16, block_size / x.columns), matrix = x.rows * x.columns;
    for (int64_t begin = 0; begin < x.size; begin += matrix) add(i, begin, matrix, rows * x.columns);
  }
  return blocks;
}

// body(number, block) of all of them.
template <class Body>
void for_each(const std::vector<Block>& blocks, const Body& body) {
  core::parallel_for(static_cast<int64_t>(blocks.size()), 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(static_cast<std::size_t>(i), blocks[static_cast<std::size_t>(i)]);
  });
}

std::vector<SquareSums> sums_of_variables(const std::vector<Block>& blocks, const std::vector<SquareSums>& of_blocks,
                                          std::size_t variables) {
  std::vector<SquareSums> sums(variables, SquareSums{0, 0});
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    sums[blocks[i].variable].of_values += of_blocks[i].of_values;
    sums[blocks[i].variable].of_changes += of_blocks[i].of_changes;
  }
  return sums;
}

// The root of the mean, or of the sum where `count` is 1, of the squares of decayed weights, of which `squares` is the
// sum; also where squares leave the range of the weights' type.
template <class T>
double root_of_values(double squares, T keep, const OptimizerVariable<T>& x, double count) {
  if (std::isfinite(squares) && squares >= double{std::numeric_limits<T>::min()}) return std::sqrt(squares / count);
  T largest = 0;
  for (int64_t i = 0; i < x.size; ++i) {
    const T size = std::abs(x.value[i]);
    if (!std::isfinite(size)) return std::sqrt(squares / count);
    largest = std::max(largest, size);
  }
  if (largest == 0) return 0;
  double sum = 0;
  for (int64_t i = 0; i < x.size; ++i) {
    const double part = static_cast<double>(x.value[i]) / static_cast<double>(largest);
    sum += part * part;
  }
  const double root = std::sqrt(sum / count) * static_cast<double>(std::abs(keep)) * static_cast<double>(largest);
  return std::min(root, std::numeric_limits<double>::max());
}

template <class T>
T limited(double number) {
  return static_cast<T>(std::min(number, double{std::numeric_limits<T>::max()}));
}

// What Adafactor divides by, of all variables behind one another, and where a variable's begins.
template <class T>
struct Means {
  std::vector<std::size_t> first_row, first_column;
  std::vector<T> rows, row_roots, columns, column_roots;

  // Of the whole rows of a block; none of a variable that has none.
  AdafactorRows<T> of(const OptimizerVariable<T>& x, const Block& block) const {
    if (!is_factored(x)) return {nullptr, nullptr, nullptr, nullptr, 0};
    const std::size_t row = first_row[block.variable] + static_cast<std::size_t>(block.begin / x.columns);
    const std::size_t column =
        first_column[block.variable] + static_cast<std::size_t>(block.begin / (x.rows * x.columns) * x.columns);
    return {&rows[row], &row_roots[row], &columns[column], &column_roots[column], x.columns};
  }
};

template <class T>
T inverse_root(T x) {
  return 1 / std::sqrt(x < std::numeric_limits<T>::min() ? std::numeric_limits<T>::min() : x);
}

// Takes the squares of gradients into the running means.
template <class T>
Means<T> update_means(std::span<const OptimizerVariable<T>> variables, const AdafactorFactors<T>& f,
                      const std::vector<Block>& blocks) {
  Means<T> means;
  std::size_t rows = 0, columns = 0;
  for (const OptimizerVariable<T>& x : variables) {
    means.first_row.push_back(rows);
    means.first_column.push_back(columns);
    if (!is_factored(x)) continue;
    rows += static_cast<std::size_t>(x.size / x.columns);
    columns += static_cast<std::size_t>(x.size / x.rows);
  }
  means.rows.resize(rows), means.row_roots.resize(rows);
  means.columns.resize(columns), means.column_roots.resize(columns);
  // Each block sums columns of its own.
  std::vector<std::size_t> starts;
  std::size_t size = 0;
  for (const Block& block : blocks) {
    starts.push_back(size);
    if (is_factored(variables[block.variable])) size += static_cast<std::size_t>(variables[block.variable].columns);
  }
  std::vector<T> column_sums(size);
  for_each(blocks, [&](std::size_t i, const Block& block) {
    const OptimizerVariable<T>& x = variables[block.variable];
    if (!is_factored(x)) return;
    T* const row_sums = means.rows.data() + first_of(means.first_row, block) + block.begin / x.columns;
    T* const of_columns = column_sums.data() + starts[i];
    XTAPE_DISPATCH(
        adafactor_squares(x.gradient + block.begin, block.count / x.columns, x.columns, row_sums, of_columns));
  });
  std::vector<double> sums;
  for (std::size_t next = 0; next < blocks.size();) {
    const Block first = blocks[next];
    const OptimizerVariable<T>& x = variables[first.variable];
    if (!is_factored(x)) {
      ++next;
      continue;
    }
    // The blocks of one matrix.
    const int64_t size_of_matrix = x.rows * x.columns, matrix = first.begin / size_of_matrix;
    sums.assign(static_cast<std::size_t>(x.columns), 0);
    for (; next < blocks.size() && blocks[next].variable == first.variable &&
           blocks[next].begin / size_of_matrix == matrix;
         ++next) {
      const T* const of_block = column_sums.data() + starts[next];
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += static_cast<double>(of_block[k]);
    }
    const auto take_in = [&f](T& mean, double sum, int64_t count) {
      const T now = static_cast<T>(sum / static_cast<double>(count) + static_cast<double>(f.epsilon_1));
      return mean = f.beta_2 * mean + (1 - f.beta_2) * now;
    };
    T* const c = x.slots[1] + matrix * x.columns;
    const std::size_t first_column = first_of(means.first_column, first) + static_cast<std::size_t>(matrix * x.columns);
    for (std::size_t k = 0; k < sums.size(); ++k) {
      means.columns[first_column + k] = take_in(c[k], sums[k], x.rows);
      means.column_roots[first_column + k] = inverse_root(c[k]);
    }
    T* const r = x.slots[0] + matrix * x.rows;
    const std::size_t first_row = first_of(means.first_row, first) + static_cast<std::size_t>(matrix * x.rows);
    double total = 0;
    for (int64_t k = 0; k < x.rows; ++k) {
      const T sum = means.rows[first_row + static_cast<std::size_t>(k)];
      total += static_cast<double>(take_in(r[k], static_cast<double>(sum), x.columns));
    }
    const double mean_row = total / static_cast<double>(x.rows);
    for (int64_t k = 0; k < x.rows; ++k) {
      const std::size_t row = first_row + static_cast<std::size_t>(k);
      means.rows[row] = mean_row == 0 ? T{0} : static_cast<T>(static_cast<double>(r[k]) / mean_row);
      means.row_roots[row] = inverse_root(means.rows[row]);
    }
  }
  return means;
}

}  // namespace

template <class T>
void lamb_update(std::span<const OptimizerVariable<T>> variables, const LambFactors<T>& f) {
  const std::vector<Block> blocks = blocks_of(variables, false);
  std::vector<SquareSums> of_blocks(blocks.size());
  for_each(blocks, [&](std::size_t i, const Block& block) {
    const OptimizerVariable<T> part = part_of(variables[block.variable], block.begin, block.count);
    of_blocks[i] = XTAPE_DISPATCH(lamb_moments(f, part));
  });
  std::vector<T> rates;
  const std::vector<SquareSums> sums = sums_of_variables(blocks, of_blocks, variables.size());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const double values = root_of_values(sums[i].of_values, f.keep, variables[i], 1);
    const double changes = std::sqrt(sums[i].of_changes);
    const double ratio = values > 0 && changes > 0 ? values / changes : 1;
    rates.push_back(limited<T>(ratio * static_cast<double>(f.rate)));
  }
  for_each(blocks, [&](std::size_t, const Block& block) {
    const OptimizerVariable<T> part = part_of(variables[block.variable], block.begin, block.count);
    XTAPE_DISPATCH(lamb_update(f, rates[block.variable], part));
  });
}

template <class T>
void adafactor_update(std::span<const OptimizerVariable<T>> variables, const AdafactorFactors<T>& f) {
  const std::vector<Block> blocks = blocks_of(variables, true);
  const Means<T> means = update_means(variables, f, blocks);
  const auto part = [&](const Block& block) {
    const OptimizerVariable<T>& x = variables[block.variable];
    return OptimizerVariable<T>{
        block.count, x.value + block.begin, x.gradient + block.begin, {nullptr, nullptr, x.slots[2] + block.begin}};
  };
  std::vector<SquareSums> of_blocks(blocks.size());
  for_each(blocks, [&](std::size_t i, const Block& block) {
    const AdafactorRows<T> rows = means.of(variables[block.variable], block);
    of_blocks[i] = XTAPE_DISPATCH(adafactor_velocities(f, rows, part(block)));
  });
  std::vector<T> rates;
  const std::vector<SquareSums> sums = sums_of_variables(blocks, of_blocks, variables.size());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto size = static_cast<double>(std::max<int64_t>(variables[i].size, 1));
    const double values = root_of_values(sums[i].of_values, f.keep, variables[i], size);
    const double changes = std::sqrt(sums[i].of_changes / size);
    const double alpha = static_cast<double>(f.rate) * std::max(static_cast<double>(f.epsilon_2), values);
    rates.push_back(limited<T>(alpha / std::max(1.0, changes / static_cast<double>(f.clip_threshold))));
  }
  for_each(blocks, [&](std::size_t, const Block& block) {
    const AdafactorRows<T> rows = means.of(variables[block.variable], block);
    XTAPE_DISPATCH(adafactor_update(f, rates[block.variable], rows, part(block)));
  });
}

#define XTAPE_INSTANTIATE(T)                                                               \
  template void lamb_update(std::span<const OptimizerVariable<T>>, const LambFactors<T>&); \
  template void adafactor_update(std::span<const OptimizerVariable<T>>, const AdafactorFactors<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
