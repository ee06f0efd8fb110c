#include <cmath>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/orthogonal.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::initializers {
namespace {

double dot(const double* a, const double* b, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

// Makes the rows orthonormal by Gram and Schmidt's process, each projection done twice, which keeps the
// result orthogonal to rounding (Giraud et al., 2005). Of normal rows it is uniform over the orthogonal group.
void orthonormalize_rows(double* values, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; ++i) {
    double* row = values + i * columns;
    for (int pass = 0; pass < 2; ++pass) {
      for (int64_t j = 0; j < i; ++j) {
        const double* earlier = values + j * columns;
        const double projection = dot(row, earlier, columns);
        for (int64_t k = 0; k < columns; ++k) row[k] -= projection * earlier[k];
      }
    }
    const double length = std::sqrt(dot(row, row, columns));
    for (int64_t k = 0; k < columns; ++k) row[k] /= length;
  }
}

class OrthogonalImpl : public InitializerImpl {
 public:
  explicit OrthogonalImpl(OrthogonalOptions options) : options_(options) {
    detail::check_number("Orthogonal", "gain", options_.gain, detail::Range::finite);
  }

  Tensor operator()(const Shape& shape, DType dtype) const override {
    if (shape.rank() < 2) throw ShapeError("Orthogonal: expected at least 2 dimensions, given " + shape.str());
    const int64_t columns = shape[shape.rank() - 1];
    const int64_t rows = columns == 0 ? 0 : shape.numel() / columns;
    const bool wide = rows <= columns;
    Tensor matrix = draw_with_seed(options_.seed, [&] {
      return randn(wide ? Shape{rows, columns} : Shape{columns, rows}, float64);
    });
    orthonormalize_rows(matrix.data<double>(), matrix.shape(0), matrix.shape(1));
    if (!wide) matrix = matrix.transpose();
    return (matrix * options_.gain).reshape(shape).astype(dtype).contiguous();
  }

  std::string class_name() const override { return "Orthogonal"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  OrthogonalOptions options_;
};

}  // namespace

Orthogonal::Orthogonal(OrthogonalOptions options) : Initializer(std::make_shared<OrthogonalImpl>(options)) {}

}  // namespace xtape::initializers
