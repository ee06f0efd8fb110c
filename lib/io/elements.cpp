#include "io/elements.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>
#include <limits>
#include <type_traits>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::io {
namespace {

struct Float16 {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};
// A truth value as a byte that may have any value.
struct Truth {
  uint8_t bits;
};

float number(Float16 half) {
  const uint32_t sign = uint32_t{half.bits} >> 15 << 31;
  const uint32_t exponent = half.bits >> 10 & 0x1f;
  const uint32_t mantissa = half.bits & 0x3ff;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  // Infinities and NaN keep the largest exponent, all others are counted from 127 instead of 15.
  const uint32_t wide = exponent == 0x1f ? 0xff : exponent + 127 - 15;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}
float number(BFloat16 half) { return std::bit_cast<float>(uint32_t{half.bits} << 16); }
bool number(Truth truth) { return truth.bits != 0; }
template <class T>
requires std::is_arithmetic_v<T> T number(T value) { return value; }

// Calls `function` with an element of the C++ type that has the bytes.
template <class Function>
decltype(auto) switch_stored(Stored type, Function function) {
  switch (type) {
    case Stored::bool_:
      return function(Truth{});
    case Stored::uint8:
      return function(uint8_t{});
    case Stored::int8:
      return function(int8_t{});
    case Stored::uint16:
      return function(uint16_t{});
    case Stored::int16:
      return function(int16_t{});
    case Stored::uint32:
      return function(uint32_t{});
    case Stored::int32:
      return function(int32_t{});
    case Stored::uint64:
      return function(uint64_t{});
    case Stored::int64:
      return function(int64_t{});
    case Stored::float16:
      return function(Float16{});
    case Stored::bfloat16:
      return function(BFloat16{});
    case Stored::float32:
      return function(float{});
    case Stored::float64:
      break;
  }
  return function(double{});
}

template <class From>
From element(const std::byte* bytes, bool reversed) {
  std::array<std::byte, sizeof(From)> raw;
  std::copy_n(bytes, sizeof(From), raw.begin());
  if (reversed) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<From>(raw);
}

template <class From, class To>
void convert(std::span<const std::byte> bytes, bool reversed, To* to, const std::string& place) {
  for (std::size_t i = 0; i * sizeof(From) < bytes.size(); ++i) {
    const auto value = number(element<From>(bytes.data() + i * sizeof(From), reversed));
    if constexpr (std::same_as<From, uint64_t>) {
      if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        throw FormatError(place + ": expected numbers that int64 holds, found " + std::to_string(value));
      }
    }
    to[i] = static_cast<To>(value);
  }
}

}  // namespace

std::size_t size_of(Stored type) {
  return switch_stored(type, []<class From>(From) { return sizeof(From); });
}

Stored stored(DType dtype) {
  switch (dtype) {
    case DType::bool_:
      return Stored::bool_;
    case DType::uint8:
      return Stored::uint8;
    case DType::int32:
      return Stored::int32;
    case DType::int64:
      return Stored::int64;
    case DType::float32:
      return Stored::float32;
    case DType::float64:
      break;
  }
  return Stored::float64;
}

DType dtype_of(Stored type) {
  switch (type) {
    case Stored::bool_:
      return bool_;
    case Stored::uint8:
      return uint8;
    case Stored::int8:
    case Stored::uint16:
    case Stored::int16:
    case Stored::int32:
      return int32;
    case Stored::uint32:
    case Stored::uint64:
    case Stored::int64:
      return int64;
    case Stored::float16:
    case Stored::bfloat16:
    case Stored::float32:
      return float32;
    case Stored::float64:
      break;
  }
  return float64;
}

bool is_native(Stored type, std::endian order) {
  return stored(dtype_of(type)) == type && (order == std::endian::native || size_of(type) == 1);
}

uint64_t checked_bytes(Stored type, const std::vector<int64_t>& lengths, const std::string& place) {
  if (lengths.size() > max_rank) {
    throw FormatError(place + ": expected at most " + std::to_string(max_rank) + " dimensions, found " +
                      std::to_string(lengths.size()));
  }
  int64_t elements = 1;
  int64_t product = 1;  // of the lengths that are not 0
  for (const int64_t length : lengths) {
    if (length < 0) throw FormatError(place + ": expected lengths of at least 0, found " + std::to_string(length));
    if (__builtin_mul_overflow(product, std::max<int64_t>(length, 1), &product) || product >= max_elements) {
      throw FormatError(place + ": expected below 2^59 elements, found shape " +
                        Shape(lengths.begin(), lengths.end()).str());
    }
    if (length == 0) elements = 0;
  }
  return static_cast<uint64_t>(elements * product) * size_of(type);
}

Tensor tensor_of(Stored type, std::endian order, std::span<const std::byte> bytes, const Shape& shape,
                 const std::string& place) {
  const DType dtype = dtype_of(type);
  const Tensor result = empty(shape, dtype);
  if (is_native(type, order) && type != Stored::bool_) {
    if (!bytes.empty()) std::memcpy(writable_bytes(result).data(), bytes.data(), bytes.size());
    return result;
  }
  const bool reversed = order != std::endian::native;
  switch_stored(type, [&]<class From>(From) {
    switch_type(dtype, [&]<class To>(To) { convert<From>(bytes, reversed, result.data<To>(), place); });
  });
  return result;
}

std::span<const std::byte> bytes_of(const Tensor& contiguous) {
  return switch_type(contiguous.dtype(), [&]<class T>(T) {
    return std::as_bytes(std::span(contiguous.data<const T>(), static_cast<std::size_t>(contiguous.numel())));
  });
}

std::span<std::byte> writable_bytes(const Tensor& contiguous) {
  return switch_type(contiguous.dtype(), [&]<class T>(T) {
    return std::as_writable_bytes(std::span(contiguous.data<T>(), static_cast<std::size_t>(contiguous.numel())));
  });
}

}  // namespace xtape::io
