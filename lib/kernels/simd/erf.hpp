#pragma once

#include "kernels/simd/math.hpp"

// The error function, good to 2 ulp.
namespace xtape::kernels::XTAPE_ISA {

// coefficients[0] + coefficients[1] x + ...
template <class T, int terms>
inline Vector<T> polynomial(Vector<T> x, const double (&coefficients)[terms]) {
  Vector<T> sum = coefficients[terms - 1];
  for (int k = terms - 2; k >= 0; --k) sum = fma(sum, x, Vector<T>(coefficients[k]));
  return sum;
}

// Both branches are Chebyshev fits, to 2e-17 of the function: erf(x) / x in u = 2 x^2 - 1 for |x| <= 1, and
// erfc(x) exp(x^2) (1 + 2 x) in u, which maps x from 1..6 to -1..1, for larger ones.
inline Vector<double> erf(Vector<double> x) {
  using V = Vector<double>;
  constexpr double near[] = {0.96546873866986727,    -0.14053608902271711,   0.019852496688984218,
                             -0.0022854855611440855, 0.00021751715603563488, -1.7537169441280198e-05,
                             1.2233827638093572e-06, -7.51156925108609e-08,  4.1157515002658853e-09,
                             -2.035231956483527e-10, 9.2112501874282304e-12, -3.8065912241221399e-13};
  constexpr double far[] = {
      1.2614850699222122,      -0.05312788855261643,   -0.010646302850712651,   0.012821771773530923,
      -0.0059571091746628618,  0.0019005636241820763,  -0.00045017375983048027, 7.7684829952728068e-05,
      -8.5362708678916786e-06, 2.1006449750908236e-07, 1.0757397372855265e-07,  -1.5594628977257413e-08,
      -4.947181829768919e-10,  3.307784271158872e-10,  -8.1839922507499719e-12, -5.9074624438622158e-12};
  const V size = abs(x), bounded = where(size > 6, 6, size), square = x * x;
  const V u = (bounded - 3.75) / (bounded + 3.75) * 2.47 + 0.43;
  const V tail = exp(-(bounded * bounded)) * polynomial(u, far) / (1 + (bounded + bounded));
  const V large = where(x < 0, tail - 1, 1 - tail);
  return where(size <= 1, x * polynomial(square + square - 1, near), where(x == x, large, x));
}

#if defined(__AVX512F__)
// Of erf around the points k / 8, the terms 0 to 5 of its Taylor series, whose rest is below 4e-9 for 1 / 16 on either
// side. The series around 0 lacks one x, which is added last. From the last point on, erf is 1 to less than two units
// of its last place.
struct ErfSeries {
  static constexpr int terms = 6, points = 32;
  static constexpr double step = 0.125;
  alignas(64) float coefficients[terms][points] = {};

  constexpr ErfSeries() {
    constexpr int long_terms = 24;  // of the series that leads from point to point
    double value = 0, slope = 1.1283791670955126;
    for (int point = 0; point + 1 < points; ++point) {
      // y'' = -2 x y', differentiated n times and divided by its factorials
      double series[long_terms] = {value, slope};
      for (int n = 0; n + 2 < long_terms; ++n)
        series[n + 2] = -2 * (point * step * series[n + 1] + n * series[n] / (n + 1)) / (n + 2);
      for (int n = 0; n < terms; ++n) coefficients[n][point] = static_cast<float>(series[n]);
      if (point == 0) coefficients[1][0] = static_cast<float>(series[1] - 1);
      value = slope = 0;
      for (int n = long_terms - 1; n >= 0; --n) {
        slope = slope * step + value;
        value = value * step + series[n];
      }
    }
    coefficients[0][points - 1] = 1;
  }
};

inline Vector<float> erf(Vector<float> x) {
  static constexpr ErfSeries series;
  constexpr float nearest = 1572864;  // its last bit is worth 1 / 8
  const Vector<float> bounded = min(Vector<float>((series.points - 1) * series.step), abs(x));
  const Vector<float> shifted = bounded + nearest, rest = bounded - (shifted - nearest);
  const __m512i point = _mm512_castps_si512(shifted.batch);  // in its last five bits
  const auto coefficient = [&](int n) -> Vector<float> {
    const float* of_points = series.coefficients[n];
    return xsimd::batch<float>(
        _mm512_permutex2var_ps(_mm512_load_ps(of_points), point, _mm512_load_ps(of_points + 16)));
  };
  Vector<float> sum = coefficient(series.terms - 1);
  for (int n = series.terms - 2; n >= 0; --n) sum = fma(sum, rest, coefficient(n));
  sum = where(shifted == nearest, sum + rest, sum);
  return sum.batch | xsimd::bitofsign(x.batch);
}
#else
// Both branches are minimax fits: erf(x) / x - 1 in x^2 for |x| <= 1.125, to 6e-9 of the function, and erfc(x) in
// x - 2.625 for x from 1.125 to 4.0625, from where erf rounds to 1, to 1e-8.
inline Vector<float> erf(Vector<float> x) {
  using V = Vector<float>;
  constexpr double near[] = {0.1283791605,   -0.3761258953,    0.1128317715, -0.02683710686,
                             0.005157502402, -0.0007748542548, 7.0219255e-05};
  constexpr double far[] = {0.0002053711397,  -0.001147745986, 0.003013384827,   -0.004892436693,  0.00541275863,
                            -0.004208796822,  0.002250740927,  -0.0006989990474, -3.880486019e-05, 0.0001711876587,
                            -7.256847499e-05, 1.36839092e-07,  7.401428263e-06,  -1.343174994e-06};
  const V size = abs(x), bounded = min(V(4.0625), size);
  const V large = 1 - polynomial(bounded - 2.625, far);
  return where(size <= 1.125, fma(x, polynomial(x * x, near), x), where(x < 0, -large, large));
}
#endif

}  // namespace xtape::kernels::XTAPE_ISA
