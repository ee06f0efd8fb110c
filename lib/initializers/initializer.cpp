#include <functional>
#include <string_view>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/initializers/identity.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/initializers/orthogonal.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/initializers/variance_scaling.hpp>
#include <xtape/random.hpp>

namespace xtape::initializers {
namespace {

struct Entry {
  std::string_view class_name;
  std::shared_ptr<Initializer> (*make)();
};

template <class Class>
std::shared_ptr<Initializer> make() {
  return std::make_shared<Class>();
}

constexpr Entry entries[] = {
    {"Zeros", make<Zeros>},
    {"Ones", make<Ones>},
    {"Constant", make<Constant>},
    {"RandomNormal", make<RandomNormal>},
    {"RandomUniform", make<RandomUniform>},
    {"TruncatedNormal", make<TruncatedNormal>},
    {"VarianceScaling", make<VarianceScaling>},
    {"GlorotUniform", make<GlorotUniform>},
    {"GlorotNormal", make<GlorotNormal>},
    {"HeUniform", make<HeUniform>},
    {"HeNormal", make<HeNormal>},
    {"LecunUniform", make<LecunUniform>},
    {"LecunNormal", make<LecunNormal>},
    {"Orthogonal", make<Orthogonal>},
    {"Identity", make<Identity>},
};

struct Alias {
  std::string_view name;
  std::shared_ptr<Initializer> (*make)();
};

constexpr Alias aliases[] = {
    {"zero", make<Zeros>},
    {"one", make<Ones>},
    {"normal", make<RandomNormal>},
    {"uniform", make<RandomUniform>},
    {"OrthogonalInitializer", make<Orthogonal>},
    {"IdentityInitializer", make<Identity>},
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

std::shared_ptr<Initializer> Initializer::from_name(const std::string& name) {
  for (const Alias& alias : aliases) {
    if (name == alias.name) return alias.make();
  }
  if (name == "stft" || name == "STFT" || name == "STFTInitializer") {
    throw ValueError("initializer: STFT has no default for side; give an object such as STFT({.side = \"real\"})");
  }
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    const std::string snake_case = detail::to_snake_case(entry.class_name);
    if (name == snake_case || name == entry.class_name) return entry.make();
    known.push_back(snake_case);
  }
  detail::throw_unknown_name("initializer", name, known);
}

Tensor draw_with_seed(const Seed& seed, const std::function<Tensor()>& draw) {
  if (!draw) throw ValueError("draw_with_seed: the function is empty");
  if (!seed) return draw();
  const RestoreRandomState restore;
  set_random_seed(*seed);
  return draw();
}

}  // namespace xtape::initializers
