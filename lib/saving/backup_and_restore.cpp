#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/callbacks/backup_and_restore.hpp>
#include <xtape/detail/path.hpp>
#include <xtape/detail/save_freq.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>

#include "io/atomic_file.hpp"
#include "io/hdf5.hpp"
#include "saving/kept_states.hpp"
#include "saving/optimizer_state.hpp"
#include "saving/random_state.hpp"
#include "saving/weights_plan.hpp"
#include "saving/weights_tree.hpp"

namespace xtape::callbacks {
namespace {

constexpr const char* owner = "BackupAndRestore";
// Where the training stands, as an attribute of the file's root.
constexpr const char* state_attribute = "xtape_training";
constexpr const char* gathered_group = "xtape_gathered";
constexpr const char* states_group = "xtape_states";

Config config_of(const DataPosition& position) {
  Config config = Config::dict();
  config.set("batches", position.batches);
  config.set("calls", position.calls);
  config.set("random_state", saving::config_of(position.random));
  config.set("samples", position.samples);
  config.set("batch_size", position.batch_size);
  return config;
}

DataPosition data_position_in(const Config& config) {
  return {config.at("batches").integer(), config.at("calls").integer(),
          saving::random_state_in(config.at("random_state")), config.at("samples").integer(),
          config.at("batch_size").integer()};
}

class BackupAndRestoreImpl final : public CallbackImpl {
 public:
  BackupAndRestoreImpl(const std::string& folder, BackupAndRestoreOptions options)
      : folder_(folder),
        path_((std::filesystem::path(folder) / "latest.weights.h5").string()),
        options_(std::move(options)),
        save_freq_(owner, options_.save_freq) {
    if (folder.empty()) throw ValueError("BackupAndRestore: backup_dir must not be empty");
    detail::check_path(owner, folder);
  }

  bool is_outermost() const override { return true; }

  void on_train_begin() override {
    restored_.reset();
    save_freq_.begin(0);
    if (!std::filesystem::exists(path_)) return;
    in_backup([&] {
      restored_ = io::read_hdf5(path_);
      const auto* text = restored_->find_attribute_of<std::string>(state_attribute);
      if (!text) throw FormatError(std::string("there is no ") + state_attribute + ": the file is no backup");
      state_ = parse_json(*text);
    });
  }

  std::optional<Position> resumes_at() override {
    if (!restored_) return std::nullopt;
    return in_backup([&] {
      return Position{
          state_.at("epoch").integer(), state_.at("batch").integer(),
          DataPositions{data_position_in(state_.at("data")), data_position_in(state_.at("validation_data"))},
          " (BackupAndRestore: " + path_ + ": " + cure + ')'};
    });
  }

  void on_epoch_begin(int64_t epoch) override {
    epoch_ = epoch;
    // Within an epoch: what the other callbacks find is what they found. What they set on it is in the backup already,
    // which has the last word in on_resume.
    if (restored_) {
      in_backup([&] {
        restore();
        const Config& begin = state_.at("epoch_begin");
        saving::set_random_state_of(model().impl(), begin.at("random_state"));
        if (const Config* rate = begin.find("learning_rate")) model().optimizer().set_learning_rate(rate->number());
      });
    }
    epoch_begin_ = begin_of_epoch();
  }

  void on_resume() override {
    if (!restored_) return;
    in_backup([&] {
      restore();
      if (state_.at("batch").integer() > 0) {
        std::vector<metrics::MetricVariable> gathered;
        if (const io::ArrayGroup* group = restored_->find_group(gathered_group)) {
          const Config::List names = state_.at("gathered").list();
          const std::vector<Tensor> values = saving::numbered_arrays(*group);
          if (names.size() != values.size()) throw FormatError("what metrics have gathered has other names");
          for (std::size_t i = 0; i < names.size(); ++i) gathered.push_back({names[i].text(), values[i]});
        }
        model().impl().set_gathered(gathered);
      }
      saving::set_random_state_of(model().impl(), state_.at("now"));
      save_freq_.begin(state_.at("batch").integer());
    });
    restored_.reset();
  }

  void on_train_batch_end(int64_t batch, const Logs&) override {
    if (save_freq_.is_due(batch)) save(epoch_, batch + 1);
  }

  void on_epoch_end(int64_t epoch, Logs&) override {
    if (save_freq_.is_by_epochs()) save(epoch + 1, 0);
  }

  void on_train_end(const Logs&) override {
    if (!options_.delete_checkpoint) return;
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(folder_, ignored);  // unless there is something else
  }

 private:
  // What is behind all errors of a backup.
  static constexpr const char* cure = "delete the file to begin anew";

  // call(), whose errors name the file.
  template <class Call>
  auto in_backup(const Call& call) const -> decltype(call()) {
    try {
      return call();
    } catch (Error& error) {
      const std::string& text = error.message();
      const bool is_named = text.find(path_) != std::string::npos;
      error.set_message("fit: BackupAndRestore: " + (is_named ? text : path_ + ": " + text) +
                        "\na backup goes on with the model and optimizer that it was made with; " + cure);
      throw;
    }
  }

  // Sets weights, states of layers and optimizer.
  void restore() const {
    const models::Model trained = model();
    saving::WeightsPlan plan;
    saving::plan_weights_tree(*restored_, trained.impl(), {}, false, plan);
    if (const io::ArrayGroup* vars = restored_->find_group("optimizer/vars"); vars && plan.is_right()) {
      // What the others have frozen may be so only when the next epoch begins.
      saving::build_as_stored(trained, *vars);
      saving::plan_optimizer(trained, trained.optimizer(), *vars, {.is_ours = true}, plan);
    }
    const io::ArrayGroup* const states = restored_->find_group(states_group);
    if (states) saving::plan_kept_states(*states, trained.impl(), plan);
    plan.check(path_);
    plan.apply();
    if (states) saving::set_kept_states(*states, trained.impl());
  }

  // What callbacks find as an epoch begins.
  Config begin_of_epoch() const {
    const optimizers::Optimizer optimizer = model().optimizer();
    Config begin = Config::dict();
    begin.set("random_state", saving::random_state_of(model().impl()));
    if (!optimizer.learning_rate_is_schedule()) begin.set("learning_rate", optimizer.learning_rate());
    return begin;
  }

  void save(int64_t epoch, int64_t batch) const {
    const models::Model trained = model();
    Config state = Config::dict();
    state.set("epoch", epoch);
    state.set("batch", batch);
    const DataPositions data = trained.impl().data_positions();
    state.set("data", config_of(data.training));
    state.set("validation_data", config_of(data.validation));
    if (batch > 0) state.set("epoch_begin", epoch_begin_);
    state.set("now", saving::random_state_of(trained.impl()));
    const std::vector<metrics::MetricVariable> gathered = trained.impl().gathered();
    Config::List names;
    for (const auto& variable : gathered) names.push_back(variable.name);
    state.set("gathered", std::move(names));
    io::ArrayGroup root = saving::weights_tree(trained.impl());
    root.group_at("optimizer/vars") = saving::optimizer_tree(trained);
    io::ArrayGroup& group = root.group_at(gathered_group);
    for (const auto& variable : gathered)
      group.arrays.emplace_back(std::to_string(group.arrays.size()), variable.value);
    root.group_at(states_group) = saving::kept_states_of(trained.impl());
    root.attributes.emplace_back(state_attribute, to_json(state));
    std::error_code ignored;  // where that fails, writing the file says why
    std::filesystem::create_directories(folder_, ignored);
    io::write_atomically(path_, io::hdf5_content(root));
  }

  const std::string folder_, path_;
  const BackupAndRestoreOptions options_;
  detail::SaveFrequency save_freq_;
  // What was found, until the training goes on with it.
  std::optional<io::ArrayGroup> restored_;
  Config state_, epoch_begin_;
  int64_t epoch_ = 0;
};

}  // namespace

BackupAndRestore::BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options)
    : Callback(std::make_shared<BackupAndRestoreImpl>(backup_dir, std::move(options))) {}

}  // namespace xtape::callbacks
