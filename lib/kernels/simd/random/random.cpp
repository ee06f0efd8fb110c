#include "kernels/simd/random/random.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/simd/random/philox.hpp"
#include "kernels/simd/vector_type.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// 64 words make 64 elements of float or 32 of double.
template <class T>
constexpr int64_t group_elements = group_size * 4 / static_cast<int64_t>(sizeof(T));

// [0, 1) in steps of 2^-24.
void unit_interval(const uint32_t* words, float* out) {
  for (int64_t i = 0; i < group_elements<float>; ++i)
    out[i] = static_cast<float>(static_cast<int32_t>(words[i] >> 8)) * 0x1p-24f;
}

// [0, 1) in steps of 2^-52: the bits of a number in [1, 2).
void unit_interval(const uint32_t* words, double* out) {
  for (int64_t half = 0; half < 2; ++half)
    for (int64_t i = 0; i < 16; ++i) {
      const uint64_t bits = uint64_t{words[32 * half + i]} << 32 | words[32 * half + 16 + i];
      out[16 * half + i] = __builtin_bit_cast(double, bits >> 12 | 0x3ff0000000000000) - 1.0;
    }
}

// Runs transform(words, out) for each group; a partial last group goes through a buffer.
template <class T, class Transform>
void for_each_group(const RandomGroups& all, T* out, const Transform& transform) {
  const RandomGroups groups = all;  // a copy, which stores leave alone
  alignas(64) uint32_t words[group_size];
  for (int64_t group = groups.begin; group < groups.end; ++group) {
    philox_group(groups.key, groups.counter + static_cast<uint64_t>(group * group_counters), 0, words);
    T* target = out + group * group_elements<T>;
    const int64_t count = groups.n - group * group_elements<T>;
    if (count >= group_elements<T>) {
      transform(words, target);
    } else {
      T buffer[group_elements<T>];
      transform(words, buffer);
      for (int64_t i = 0; i < count; ++i) target[i] = buffer[i];
    }
  }
}

// sin and cos for |x| <= pi/4, by their Taylor series.
template <class B>
void sine_cosine(B x, B& sine, B& cosine) {
  using T = typename B::value_type;
  constexpr int terms = sizeof(T) == 4 ? 5 : 9;
  const B square = x * x;
  T factorial_sine[terms], factorial_cosine[terms];
  T factorial = 1;
  for (int i = 0; i < terms; ++i) {
    factorial_sine[i] = 1 / factorial;
    factorial *= -T(2 * i + 2);
    factorial_cosine[i] = 1 / factorial;
    factorial *= T(2 * i + 3);
  }
  sine = B(factorial_sine[terms - 1]);
  cosine = B(factorial_cosine[terms - 1]);
  for (int i = terms - 2; i >= 0; --i) {
    sine = xsimd::fma(sine, square, B(factorial_sine[i]));
    cosine = xsimd::fma(cosine, square, B(factorial_cosine[i]));
  }
  sine *= x;
  cosine = xsimd::fma(cosine, square, B(T(1)));
}

// An angle in [-pi/4, pi/4), a swap of the axes and a sign, which together cover the circle.
template <class B>
struct Direction {
  B angle;
  typename B::batch_bool_type swap, negate;
};

// Box and Muller's transform, with a radius from `uniform` in (0, 1].
template <class B, class T = typename B::value_type>
void box_muller(B uniform, const Direction<B>& direction, B mean, B deviation, T* first, T* second) {
  const auto [angle, swap, negate] = direction;
  const B radius = deviation * square_root(B(T(-2)) * xsimd::log(uniform));
  const B signed_radius = xsimd::select(negate, -radius, radius);
  B sine, cosine;
  sine_cosine(angle, sine, cosine);
  xsimd::fma(signed_radius, xsimd::select(swap, sine, cosine), mean).store_unaligned(first);
  xsimd::fma(signed_radius, xsimd::select(swap, cosine, sine), mean).store_unaligned(second);
}

constexpr double quarter_pi = 0.78539816339744830962;

void normal_group(const uint32_t* words, float mean, float deviation, float* out) {
  using B = xsimd::batch<float>;
  using I = xsimd::batch<int32_t>;
  for (size_t half = 0; half < 2; ++half) {
    alignas(64) int32_t radius[16], direction[16];
    for (size_t i = 0; i < 16; ++i) {
      radius[i] = static_cast<int32_t>(words[32 * half + i] >> 1);
      direction[i] = static_cast<int32_t>(words[32 * half + 16 + i]);
    }
    float* target = out + 32 * half;
    for (size_t i = 0; i < 16; i += B::size) {
      const I radius_bits = I::load_aligned(radius + i), angle_bits = I::load_aligned(direction + i);
      const B uniform = xsimd::fma(xsimd::to_float(radius_bits), B(0x1p-31f), B(0x1p-32f));
      const B angle = xsimd::to_float(angle_bits) * B(static_cast<float>(quarter_pi * 0x1p-31));
      const auto bit = [&](int32_t mask) { return xsimd::to_float(angle_bits & I(mask)) != B(0.0f); };
      box_muller(uniform, {angle, bit(1), bit(2)}, B(mean), B(deviation), target + i, target + 16 + i);
    }
  }
}

void normal_group(const uint32_t* words, double mean, double deviation, double* out) {
  using B = xsimd::batch<double>;
  alignas(64) double unit[32];
  unit_interval(words, unit);
  alignas(64) double swap[16], negate[16];
  for (size_t i = 0; i < 16; ++i) {
    // The low bits of words 1 and 3, which unit_interval leaves unused.
    swap[i] = static_cast<double>(words[48 + i] & 1);
    negate[i] = static_cast<double>(words[16 + i] & 1);
  }
  for (size_t i = 0; i < 16; i += B::size) {
    const B uniform = B(1.0) - B::load_aligned(unit + i);
    const B angle = (B::load_aligned(unit + 16 + i) - B(0.5)) * B(2 * quarter_pi);
    box_muller(uniform, {angle, B::load_aligned(swap + i) != B(0.0), B::load_aligned(negate + i) != B(0.0)}, B(mean),
               B(deviation), out + i, out + 16 + i);
  }
}

// Lemire's multiplication: the upper half of word * range is uniform in [0, range) if the products whose lower
// half is below 2^bits mod range are rejected. Rejected elements draw again from the next upper counter.
// D. Lemire, Fast random integer generation in an interval (2019).
template <class Word, class Product>
void integer_groups(const RandomGroups& all, int64_t low, Word range, int64_t* out) {
  const RandomGroups groups = all;  // a copy, which stores leave alone
  constexpr int bits = 8 * sizeof(Word);
  constexpr int64_t size = group_size * 32 / bits;
  const Word rejected_below = range == 0 ? 0 : static_cast<Word>(Word(0) - range) % range;
  alignas(64) uint32_t words[group_size];
  for (int64_t group = groups.begin; group < groups.end; ++group) {
    const int64_t first = group * size;
    const int64_t count = groups.n - first < size ? groups.n - first : size;
    bool done[size] = {};
    int64_t missing = count;
    for (uint64_t attempt = 0; missing > 0; ++attempt) {
      philox_group(groups.key, groups.counter + static_cast<uint64_t>(group * group_counters), attempt, words);
      for (int64_t i = 0; i < count; ++i) {
        if (done[i]) continue;
        Word word = words[i];
        if constexpr (bits == 64) word = word << 32 | words[size + i];
        const Product product = range == 0 ? Product(word) << bits : Product(word) * range;
        if (static_cast<Word>(product) < rejected_below) continue;
        out[first + i] = static_cast<int64_t>(static_cast<uint64_t>(low) + static_cast<uint64_t>(product >> bits));
        done[i] = true;
        --missing;
      }
    }
  }
}

}  // namespace

template <class T>
void random_uniform(const RandomGroups& groups, T low, T high, T* out) {
  // low + (high - low) * u can round up to high, which is not part of the interval.
  const T last = std::nextafter(high, low);
  for_each_group(groups, out, [=](const uint32_t* words, T* target) {
    T unit[group_elements<T>];
    unit_interval(words, unit);
    for (int64_t i = 0; i < group_elements<T>; ++i) {
      const T value = low + (high - low) * unit[i];
      target[i] = value < high ? value : last;
    }
  });
}

template <class T>
void random_normal(const RandomGroups& groups, T mean, T deviation, T* out) {
  for_each_group(groups, out, [=](const uint32_t* words, T* target) { normal_group(words, mean, deviation, target); });
}

#define XTAPE_INSTANTIATE(T)                                   \
  template void random_uniform(const RandomGroups&, T, T, T*); \
  template void random_normal(const RandomGroups&, T, T, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

void random_integers(const RandomGroups& groups, int64_t low, uint64_t range, int64_t* out) {
  if (range > 0 && range <= uint64_t{1} << 32)
    integer_groups<uint32_t, uint64_t>(groups, low, static_cast<uint32_t>(range), out);
  else
    integer_groups<uint64_t, unsigned __int128>(groups, low, range, out);
}

void random_words(uint64_t key, uint64_t counter, int64_t groups, uint32_t* out) {
  for (int64_t group = 0; group < groups; ++group)
    philox_group(key, counter + static_cast<uint64_t>(group * group_counters), 0, out + group * group_size);
}

}  // namespace xtape::kernels::XTAPE_ISA
