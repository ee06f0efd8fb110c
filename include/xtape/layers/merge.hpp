#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

// Layers that join several tensors into one: `layers::Add()({a, b})`. In a call they throw ValueError for another
// number of tensors than they take, ShapeError if their shapes do not fit, IndexError for an axis that they have not
// got.
namespace xtape::layers {

struct MergeOptions {
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

// Element by element, of two tensors or more, whose shapes broadcast as Keras's layers have it: the batches must be
// equal, and a tensor of fewer axes gets axes of length 1 behind the batch, so that [batch, features] goes with [batch,
// time, features]. Where all have masks (mask.hpp), what counts in any of them counts in the result.

/// The sum.
class XTAPE_API Add : public Layer {
 public:
  explicit Add(MergeOptions options = {});  // refused? see MergeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Add from_config(const Config& config);
};

/// The difference of two tensors, the first less the second.
class XTAPE_API Subtract : public Layer {
 public:
  explicit Subtract(MergeOptions options = {});  // refused? see MergeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Subtract from_config(const Config& config);
};

/// The product. What a mask excludes is no factor, and 0 where all exclude it.
class XTAPE_API Multiply : public Layer {
 public:
  explicit Multiply(MergeOptions options = {});  // refused? see MergeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Multiply from_config(const Config& config);
};

/// The mean.
class XTAPE_API Average : public Layer {
 public:
  explicit Average(MergeOptions options = {});  // refused? see MergeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Average from_config(const Config& config);
};

/// The largest of what masks do not exclude; of what all exclude, that of the first tensor.
class XTAPE_API Maximum : public Layer {
 public:
  explicit Maximum(MergeOptions options = {});  // refused? see MergeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Maximum from_config(const Config& config);
};

/// The smallest; as Maximum.
class XTAPE_API Minimum : public Layer {
 public:
  explicit Minimum(MergeOptions options = {});  // refused? see MergeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Minimum from_config(const Config& config);
};

struct ConcatenateOptions {
  Axis axis = -1;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Tensors joined along an axis; their other lengths agree.
class XTAPE_API Concatenate : public Layer {
 public:
  explicit Concatenate(ConcatenateOptions options = {});  // refused? see ConcatenateOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Concatenate from_config(const Config& config);
};

struct DotOptions {
  /// Divides both tensors by their norms along the axes first, which makes the result the cosine of an angle.
  bool normalize = false;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// The sum of the products of two tensors along an axis of each, for each sample: of [batch, i, k] and [batch, k, j],
/// `Dot({2, 1})` makes [batch, i, j]. One number for a sample is [batch, 1]. The result has no mask.
class XTAPE_API Dot : public Layer {
 public:
  /// `axes`: one for both tensors, or one for each; the batch, 0, is none of them. @throws ValueError for 0, and unless
  /// there are one or two.
  explicit Dot(const Axes& axes, DotOptions options = {});  // refused? see DotOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Dot from_config(const Config& config);
};

}  // namespace xtape::layers
