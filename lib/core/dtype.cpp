#include <xtape/dtype.hpp>
#include <xtape/scalar.hpp>

#include <ostream>

namespace xtape {

const char* name(DType dtype) {
  switch (dtype) {
    case DType::bool_:
      return "bool";
    case DType::uint8:
      return "uint8";
    case DType::int32:
      return "int32";
    case DType::int64:
      return "int64";
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
  }
  return "";
}

DType promote_types(DType a, DType b) {
  if (a == b) return a;
  const DType low = a < b ? a : b;
  const DType high = a < b ? b : a;
  // float32 does not hold all values of the wider integers.
  if (high == DType::float32 && low >= DType::int32) return DType::float64;
  return high;
}

DType promote_types(DType dtype, Scalar scalar) {
  if (scalar.is_floating()) return promote_types(dtype, DType::float32);
  if (scalar.is_bool()) return dtype;
  return dtype == DType::bool_ ? DType::int64 : dtype;
}

std::ostream& operator<<(std::ostream& stream, DType dtype) { return stream << name(dtype); }

}  // namespace xtape
