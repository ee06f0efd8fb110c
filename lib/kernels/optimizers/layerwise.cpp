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

template <class T>
T limited(double number) {
  return static_cast<T>(std::min(number, double{std::numeric_limits<T>::max()}));
}

// What each block of a factored variable adds to the sums of columns, and where that lies.
template <class T>
struct ColumnSums {
  std::vector<std::size_t> starts;
  std::vector<T> sums;
};

// Sums of squares of rows go to `rows`, behind one another for all variables; those of columns stay by blocks.
template <class T>
ColumnSums<T> sum_squares(std::span<const OptimizerVariable<T>> variables, const std::vector<Block>& blocks,
                          const std::vector<std::size_t>& first_rows, std::vector<T>& rows) {
  ColumnSums<T> result;
  std::size_t size = 0;
  for (const Block& block : blocks) {
    result.starts.push_back(size);
    if (is_factored(variables[block.variable])) size += static_cast<std::size_t>(variables[block.variable].columns);
  }
  result.sums.assign(size, 0);
  for_each(blocks, [&](std::size_t i, const Block& block) {
    const OptimizerVariable<T>& x = variables[block.variable];
    if (!is_factored(x)) return;
    T* const row = rows.data() + first_rows[block.variable] + block.begin / x.columns;
    for (int64_t k = 0; k < block.count / x.columns; ++k) {
      row[k] = XTAPE_DISPATCH(adafactor_squares(x.gradient + block.begin + k * x.columns, x.columns,
                                                result.sums.data() + result.starts[i]));
    }
  });
  return result;
}

// Takes the sums into the running means, and leaves r / mean of r in `rows`.
template <class T>
void update_means(std::span<const OptimizerVariable<T>> variables, const AdafactorFactors<T>& f,
                  const std::vector<Block>& blocks, const std::vector<std::size_t>& first_rows, std::vector<T>& rows,
                  const ColumnSums<T>& columns) {
  std::vector<double> sums;
  for (std::size_t next = 0; next < blocks.size();) {
    const std::size_t variable = blocks[next].variable;
    const OptimizerVariable<T>& x = variables[variable];
    if (!is_factored(x)) {
      ++next;
      continue;
    }
    const int64_t matrix = blocks[next].begin / (x.rows * x.columns);
    sums.assign(static_cast<std::size_t>(x.columns), 0);
    for (; next < blocks.size() && blocks[next].variable == variable &&
           blocks[next].begin / (x.rows * x.columns) == matrix;
         ++next) {
      const T* const of_block = columns.sums.data() + columns.starts[next];
      for (int64_t k = 0; k < x.columns; ++k) sums[static_cast<std::size_t>(k)] += of_block[k];
    }
    const auto mean = [&](double sum, int64_t count) {
      return static_cast<T>(sum / static_cast<double>(count) + static_cast<double>(f.epsilon_1));
    };
    T* const c = x.slots[1] + matrix * x.columns;
    for (int64_t k = 0; k < x.columns; ++k) {
      c[k] = f.beta_2 * c[k] + (1 - f.beta_2) * mean(sums[static_cast<std::size_t>(k)], x.rows);
    }
    T *const r = x.slots[0] + matrix * x.rows, *const row = rows.data() + first_rows[variable] + matrix * x.rows;
    double total = 0;
    for (int64_t k = 0; k < x.rows; ++k) {
      r[k] = f.beta_2 * r[k] + (1 - f.beta_2) * mean(row[k], x.columns);
      total += r[k];
    }
    const double mean_row = total / static_cast<double>(x.rows);
    for (int64_t k = 0; k < x.rows; ++k) row[k] = mean_row == 0 ? T{0} : static_cast<T>(r[k] / mean_row);
  }
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
  for (const SquareSums& sums : sums_of_variables(blocks, of_blocks, variables.size())) {
    const double values = std::sqrt(sums.of_values), changes = std::sqrt(sums.of_changes);
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
  std::vector<std::size_t> first_rows;
  std::size_t row_count = 0;
  for (const OptimizerVariable<T>& x : variables) {
    first_rows.push_back(row_count);
    if (is_factored(x)) row_count += static_cast<std::size_t>(x.size / x.columns);
  }
  std::vector<T> rows(row_count);
  update_means(variables, f, blocks, first_rows, rows, sum_squares(variables, blocks, first_rows, rows));
  std::vector<SquareSums> of_blocks(blocks.size(), SquareSums{0, 0});
  for_each(blocks, [&](std::size_t i, const Block& block) {
    const OptimizerVariable<T>& x = variables[block.variable];
    const auto part = [&](int64_t begin, int64_t count) {
      return OptimizerVariable<T>{count, x.value + begin, x.gradient + begin, {nullptr, nullptr, x.slots[2] + begin}};
    };
    if (!is_factored(x)) {
      of_blocks[i] =
          XTAPE_DISPATCH(adafactor_velocities(f, T{0}, static_cast<const T*>(nullptr), part(block.begin, block.count)));
      return;
    }
    const T* const c = x.slots[1] + block.begin / (x.rows * x.columns) * x.columns;
    for (int64_t begin = block.begin; begin < block.begin + block.count; begin += x.columns) {
      const T row = rows[first_rows[block.variable] + static_cast<std::size_t>(begin / x.columns)];
      const SquareSums sums = XTAPE_DISPATCH(adafactor_velocities(f, row, c, part(begin, x.columns)));
      of_blocks[i].of_values += sums.of_values;
      of_blocks[i].of_changes += sums.of_changes;
    }
  });
  std::vector<T> rates;
  const std::vector<SquareSums> sums = sums_of_variables(blocks, of_blocks, variables.size());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto size = static_cast<double>(std::max<int64_t>(variables[i].size, 1));
    const double values = std::sqrt(sums[i].of_values / size), changes = std::sqrt(sums[i].of_changes / size);
    const double alpha = static_cast<double>(f.rate) * std::max(static_cast<double>(f.epsilon_2), values);
    rates.push_back(limited<T>(alpha / std::max(1.0, changes / static_cast<double>(f.clip_threshold))));
  }
  for_each(blocks, [&](std::size_t, const Block& block) {
    const OptimizerVariable<T>& x = variables[block.variable];
    const OptimizerVariable<T> part{
        block.count, x.value + block.begin, x.gradient + block.begin, {nullptr, nullptr, x.slots[2] + block.begin}};
    XTAPE_DISPATCH(adafactor_update(f, rates[block.variable], part));
  });
}

#define XTAPE_INSTANTIATE(T)                                                               \
  template void lamb_update(std::span<const OptimizerVariable<T>>, const LambFactors<T>&); \
  template void adafactor_update(std::span<const OptimizerVariable<T>>, const AdafactorFactors<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
