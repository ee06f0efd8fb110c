#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>
#include <xtape/detail/random_stream.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

// Where a layer takes random numbers from: with a seed, from a stream of its own.
class LayerRandom {
 public:
  explicit LayerRandom(std::optional<uint64_t> seed) {
    if (seed) stream_.emplace(*seed);
  }
  // draw(), whose random operations draw from there.
  template <class Draw>
  auto operator()(const Draw& draw) {
    std::optional<detail::RandomStreamScope> scope;
    if (stream_) scope.emplace(*stream_);
    return draw();
  }
  std::vector<detail::RandomStream*> streams() {
    return stream_ ? std::vector<detail::RandomStream*>{&*stream_} : std::vector<detail::RandomStream*>();
  }

 private:
  std::optional<detail::RandomStream> stream_;
};

// A layer that changes its inputs at random in training, and returns them as they are else.
class NoiseImpl : public LayerImpl {
 public:
  Tensor call(const Tensor& x) {
    if (!training() || is_still()) return x;
    return random_([&] { return noisy(x); });
  }
  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }
  std::vector<detail::RandomStream*> random_streams() override { return random_.streams(); }

 protected:
  NoiseImpl(LayerOptions options, std::optional<uint64_t> seed) : LayerImpl(std::move(options)), random_(seed) {
    converts_integers();
  }

 private:
  virtual Tensor noisy(const Tensor& x) = 0;
  // Whether training changes nothing either.
  virtual bool is_still() const = 0;

  LayerRandom random_;
};

// @throws ValueError for a length that is neither positive nor -1.
void check_noise_shape(const char* layer, const std::optional<Shape>& noise_shape);
// The shape of the noise for inputs of that shape: -1 stands for their length, nothing for their shape.
// @throws ShapeError for another number of lengths.
Shape shape_of_noise(const std::optional<Shape>& noise_shape, const Shape& input_shape);

}  // namespace xtape::layers
