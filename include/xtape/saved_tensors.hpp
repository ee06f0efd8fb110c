#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>
#include <xtape/export.hpp>

namespace xtape {

namespace autograd {
class SavedTensorWatch;
}  // namespace autograd

/// What the tape holds for derivatives, by operation.
struct XTAPE_API SavedTensorStatistics {
  struct Row {
    std::string op;
    /// Operations of that name on the tape that save something.
    int64_t operations = 0;
    /// Tensors that they save.
    int64_t tensors = 0;
    /// Memory of these tensors that no row above, and no earlier operation, has counted already.
    int64_t bytes = 0;
  };
  /// The largest first; equal ones by name.
  std::vector<Row> rows;
  /// The sum of the rows: what backward gives back, unless somebody else holds it too.
  int64_t bytes = 0;
  /// Memory of leaves that require a gradient, weights above all, which are there anyway: in no row.
  int64_t leaf_bytes = 0;

  /// A table:
  ///
  ///     op        operations  tensors      bytes
  ///     tanh               2        2     49,152
  ///     matmul             2        4      3,200
  ///     total              4        6     52,352
  ///     beside leaves of 16,640 bytes
  std::string str() const;
};
XTAPE_API std::ostream& operator<<(std::ostream& stream, const SavedTensorStatistics& statistics);

/// Watches what this thread records while an instance lives:
///
///     const SavedTensorScope scope;
///     const Tensor loss = cross_entropy(model(x), y);
///     std::cout << scope.statistics();
///
/// Scopes may lie in each other: the inner one's operations count in the outer one too. They keep nothing on the tape
/// that is not there without them.
class XTAPE_API SavedTensorScope {
 public:
  SavedTensorScope();
  ~SavedTensorScope();
  SavedTensorScope(const SavedTensorScope&) = delete;
  SavedTensorScope& operator=(const SavedTensorScope&) = delete;

  /// What operations recorded in this scope hold now: not those that backward has freed, nor those whose results are
  /// gone. Memory that several tensors share counts once.
  SavedTensorStatistics statistics() const;

 private:
  std::unique_ptr<autograd::SavedTensorWatch> watch_;
};

}  // namespace xtape
