#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>
#include <typeinfo>
#include <utility>
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
  const std::type_info& type;
  // With the defaults, and as a config says.
  std::shared_ptr<Initializer> (*make)();
  std::shared_ptr<Initializer> (*read)(const Config& config, const std::string& class_name);
};

template <class Class>
std::shared_ptr<Initializer> make() {
  return std::make_shared<Class>();
}

template <class Class, class Options>
std::shared_ptr<Initializer> read(const Config& config, const std::string& class_name) {
  return std::make_shared<Class>(read_fields<Options>(config, class_name));
}

struct NoFields {
  void fields(Fields&) {}
};
template <class Class>
std::shared_ptr<Initializer> read_nothing(const Config& config, const std::string& class_name) {
  read_fields<NoFields>(config, class_name);
  return std::make_shared<Class>();
}

struct ConstantFields {
  double value = 0;
  void fields(Fields& f) { f("value", value); }
};
std::shared_ptr<Initializer> read_constant(const Config& config, const std::string& class_name) {
  return std::make_shared<Constant>(read_fields<ConstantFields>(config, class_name).value);
}

struct IdentityFields {
  double gain = 1;
  void fields(Fields& f) { f("gain", gain); }
};
std::shared_ptr<Initializer> read_identity(const Config& config, const std::string& class_name) {
  return std::make_shared<Identity>(read_fields<IdentityFields>(config, class_name).gain);
}

template <class Class, class Options>
constexpr Entry entry(std::string_view class_name) {
  return {class_name, typeid(Class), make<Class>, read<Class, Options>};
}

constinit const Entry entries[] = {
    {"Zeros", typeid(Zeros), make<Zeros>, read_nothing<Zeros>},
    {"Ones", typeid(Ones), make<Ones>, read_nothing<Ones>},
    {"Constant", typeid(Constant), make<Constant>, read_constant},
    entry<RandomNormal, RandomNormalOptions>("RandomNormal"),
    entry<RandomUniform, RandomUniformOptions>("RandomUniform"),
    entry<TruncatedNormal, RandomNormalOptions>("TruncatedNormal"),
    entry<VarianceScaling, VarianceScalingOptions>("VarianceScaling"),
    entry<GlorotUniform, SeedOptions>("GlorotUniform"),
    entry<GlorotNormal, SeedOptions>("GlorotNormal"),
    entry<HeUniform, SeedOptions>("HeUniform"),
    entry<HeNormal, SeedOptions>("HeNormal"),
    entry<LecunUniform, SeedOptions>("LecunUniform"),
    entry<LecunNormal, SeedOptions>("LecunNormal"),
    entry<Orthogonal, OrthogonalOptions>("Orthogonal"),
    {"Identity", typeid(Identity), make<Identity>, read_identity},
};

// Keras's other names.
constexpr std::pair<std::string_view, std::string_view> aliases[] = {
    {"normal", "random_normal"},          {"uniform", "random_uniform"}, {"zero", "zeros"}, {"one", "ones"},
    {"OrthogonalInitializer", "Orthogonal"}, {"IdentityInitializer", "Identity"}};

const Entry& find(const std::string& name) {
  if (name == "stft" || name == "STFT" || name == "STFTInitializer") {
    throw ValueError("initializer: STFT has no default for side; give an object such as STFT({.side = \"real\"})");
  }
  const auto alias = std::find_if(std::begin(aliases), std::end(aliases),
                                  [&](const auto& entry) { return entry.first == name; });
  const std::string full = alias == std::end(aliases) ? name : std::string(alias->second);
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    const std::string snake_case = detail::to_snake_case(entry.class_name);
    if (full == snake_case || full == entry.class_name) return entry;
    known.push_back(snake_case);
  }
  detail::throw_unknown_name("initializer", name, known);
}

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

std::shared_ptr<Initializer> Initializer::from_name(const std::string& name) { return find(name).make(); }

void Initializer::fields(Fields&) { throw ValueError("an initializer of one's own cannot be written"); }

Config to_config(const NameOr<Initializer>& initializer) {
  if (!initializer) return {};
  const Initializer& object = *initializer;
  for (const Entry& entry : entries) {
    if (typeid(object) != entry.type) continue;
    Config config = Config::dict();
    config.set("module", "keras.initializers");
    config.set("class_name", std::string(entry.class_name));
    config.set("config", write_fields(object));
    config.set("registered_name", {});
    return config;
  }
  throw ValueError("an initializer of one's own cannot be written");
}

void from_config(const Config& config, NameOr<Initializer>& initializer) {
  if (config.is_null()) {
    initializer = nullptr;
  } else if (config.is_dict()) {
    const std::string& class_name = config.at("class_name").text();
    initializer = find(class_name).read(config.at("config"), class_name);
  } else {
    initializer = config.text();
  }
}

Tensor draw_with_seed(const Seed& seed, const std::function<Tensor()>& draw) {
  if (!draw) throw ValueError("draw_with_seed: the function is empty");
  if (!seed) return draw();
  const RestoreRandomState restore;
  set_random_seed(*seed);
  return draw();
}

}  // namespace xtape::initializers
