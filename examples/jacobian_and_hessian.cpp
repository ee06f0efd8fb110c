// A curve fitted to measurements by Gauss-Newton: the velocity of an enzyme reaction at concentrations c of its
// substrate, Vm c / (K + c). The Jacobian of the residuals gives each step, their Hessian at the end the standard
// errors. Data: puromycin-treated cells, from Bates and Watts, Nonlinear Regression Analysis and Its Applications,
// 1988, whose fit is Vm = 212.7 +- 6.9 and K = 0.0641 +- 0.0083.
//
//   step 0: Vm 200, K 0.1, sum of squares 7964.1852
//   step 1: Vm 212.02379, K 0.054287364, sum of squares 1593.1594
//   step 2: Vm 211.7728, K 0.062324463, sum of squares 1201.0345
//   step 3: Vm 212.56326, K 0.063926482, sum of squares 1195.5089
//   step 4: Vm 212.67159, K 0.064102278, sum of squares 1195.4494
//   step 5: Vm 212.68257, K 0.064119449, sum of squares 1195.4488
//   step 6: Vm 212.68363, K 0.064121105, sum of squares 1195.4488
//   step 7: Vm 212.68373, K 0.064121265, sum of squares 1195.4488
//   Jacobian [12, 2], J'J:
//   [[ 5.97363302e+00 -3.83419641e+03]
//    [-3.83419641e+03  4.20428623e+06]]
//   Hessian, with the curvature of the residuals:
//   [[ 5.97363302e+00 -3.83419643e+03]
//    [-3.83419643e+03  4.03631963e+06]]
//   Vm = 212.7 +- 6.947, K = 0.06412 +- 0.008281
#include <cmath>
#include <iomanip>
#include <iostream>
#include <xtape/xtape.hpp>

using namespace xtape;

namespace {

// The solution of a x = b for a symmetric 2 x 2 matrix.
Tensor solve(const Tensor& a, const Tensor& b) {
  const Tensor determinant = a[0][0] * a[1][1] - a[0][1] * a[1][0];
  return stack({a[1][1] * b[0] - a[0][1] * b[1], a[0][0] * b[1] - a[1][0] * b[0]}) / determinant;
}

}  // namespace

int main() {
  const Tensor concentration =
      tensor({0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.10, 1.10}, float64);
  const Tensor velocity = tensor({76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200}, float64);
  const auto residuals = [&](const Tensor& p) { return p[0] * concentration / (p[1] + concentration) - velocity; };
  const auto half_squares = [&](const Tensor& p) { return 0.5 * sum(square(residuals(p))); };

  std::cout << std::setprecision(8);
  Tensor p = tensor({200.0, 0.1}, float64);
  for (int step = 0; step < 8; ++step) {
    const Tensor r = residuals(p), j = jacobian(residuals, p);
    std::cout << "step " << step << ": Vm " << p[0].item() << ", K " << p[1].item() << ", sum of squares "
              << sum(square(r)).item() << '\n';
    p = p - solve(matmul(j.transpose(), j), matmul(j.transpose(), r));
  }

  const Tensor j = jacobian(residuals, p), h = hessian(half_squares, p);
  std::cout << std::setprecision(4) << "Jacobian " << j.shape() << ", J'J:\n"
            << matmul(j.transpose(), j) << "\nHessian, with the curvature of the residuals:\n"
            << h << '\n';
  const double variance = sum(square(residuals(p))).item() / static_cast<double>(velocity.numel() - p.numel());
  const Tensor covariance =
      vmap([&](const Tensor& column) { return solve(matmul(j.transpose(), j), column); })(eye(2, 2, float64)) *
      variance;
  std::cout << "Vm = " << p[0].item() << " +- " << std::sqrt(covariance[0][0].item()) << ", K = " << p[1].item()
            << " +- " << std::sqrt(covariance[1][1].item()) << '\n';
}
