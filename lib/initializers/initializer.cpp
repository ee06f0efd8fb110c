#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/initializers/identity.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/initializers/orthogonal.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/initializers/stft.hpp>
#include <xtape/initializers/variance_scaling.hpp>
#include <xtape/random.hpp>

#include "config/classes.hpp"

namespace xtape::initializers {
namespace {

class InitializerFunction : public InitializerImpl {
 public:
  explicit InitializerFunction(std::function<Tensor(const Shape&, DType)> function) : function_(std::move(function)) {
    if (!function_) throw ValueError("initializer: the function is empty");
  }
  // A copy: the tensor, or what it is a view of, may be one that the function keeps, and a weight changes.
  Tensor operator()(const Shape& shape, DType dtype) const override {
    const Tensor value = function_(shape, dtype);
    return value.defined() ? value.clone() : value;
  }

 private:
  std::function<Tensor(const Shape&, DType)> function_;
};

struct NoFields {
  void fields(Fields&) {}
};
template <class Made>
constexpr config::Class<Initializer> plain(std::string_view class_name, std::string_view alias) {
  return {class_name, [] { return Initializer(Made()); },
          [](const Config& options, const std::string& name) {
            read_fields<NoFields>(options, name);
            return Initializer(Made());
          },
          alias};
}

struct ConstantFields {
  double value = 0;
  void fields(Fields& f) { f("value", value); }
};
struct IdentityFields {
  double gain = 1;
  void fields(Fields& f) { f("gain", gain); }
};
Initializer read_constant(const Config& options, const std::string& class_name) {
  return Constant(read_fields<ConstantFields>(options, class_name).value);
}

using config::class_of;

constexpr config::Class<Initializer> entries[] = {
    plain<Zeros>("Zeros", "zero"),
    plain<Ones>("Ones", "one"),
    {"Constant", [] { return Initializer(Constant()); }, read_constant},
    class_of<Initializer, RandomNormal, RandomNormalOptions>("RandomNormal", "normal"),
    class_of<Initializer, RandomUniform, RandomUniformOptions>("RandomUniform", "uniform"),
    class_of<Initializer, TruncatedNormal, RandomNormalOptions>("TruncatedNormal"),
    class_of<Initializer, VarianceScaling, VarianceScalingOptions>("VarianceScaling"),
    class_of<Initializer, GlorotUniform, SeedOptions>("GlorotUniform"),
    class_of<Initializer, GlorotNormal, SeedOptions>("GlorotNormal"),
    class_of<Initializer, HeUniform, SeedOptions>("HeUniform"),
    class_of<Initializer, HeNormal, SeedOptions>("HeNormal"),
    class_of<Initializer, LecunUniform, SeedOptions>("LecunUniform"),
    class_of<Initializer, LecunNormal, SeedOptions>("LecunNormal"),
    class_of<Initializer, Orthogonal, OrthogonalOptions>("Orthogonal", "OrthogonalInitializer"),
    {"Identity", [] { return Initializer(Identity()); },
     [](const Config& options, const std::string& class_name) -> Initializer {
       return Identity(read_fields<IdentityFields>(options, class_name).gain);
     },
     "IdentityInitializer"},
    class_of<Initializer, STFT, STFTOptions>("STFT", "stft", "STFTInitializer"),
};

// Puts the global generator back where it was, also when drawing throws.
class RestoreRandomState {
 public:
  RestoreRandomState() : state_(get_random_state()) {}
  ~RestoreRandomState() { set_random_state(state_); }
  RestoreRandomState(const RestoreRandomState&) = delete;
  RestoreRandomState& operator=(const RestoreRandomState&) = delete;

 private:
  RandomState state_;
};

}  // namespace

std::shared_ptr<InitializerImpl> InitializerImpl::make(const std::string& name) {
  return config::find_class(entries, "initializer", name).make().pointer();
}

Initializer::Initializer(std::function<Tensor(const Shape&, DType)> function)
    : ObjectHandle(std::make_shared<InitializerFunction>(std::move(function))) {}

Config serialize(const Initializer& initializer) {
  return config::serialize(initializer.pointer().get(), "keras.initializers");
}

Initializer deserialize(const Config& config) {
  return config::deserialize<Initializer>(entries, "initializer", config);
}

Tensor draw_with_seed(const Seed& seed, const std::function<Tensor()>& draw) {
  if (!draw) throw ValueError("draw_with_seed: the function is empty");
  if (!seed) return draw();
  const RestoreRandomState restore;
  set_random_seed(*seed);
  return draw();
}

}  // namespace xtape::initializers
