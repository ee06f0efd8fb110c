#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/callbacks/backup_and_restore.hpp>
#include <xtape/detail/save_freq.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>

#include "io/atomic_file.hpp"
#include "io/hdf5.hpp"
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

Config config_of(const DataPosition& position) {
  Config config = Config::dict();
  config.set("batches", position.batches);
  config.set("calls", position.calls);
  config.set("random_state", saving::config_of(position.random));
  return config;
}

DataPosition data_position_in(const Config& config) {
  return {config.at("batches").integer(), config.at("calls").integer(),
          saving::random_state_in(config.at("random_state"))};
}

class BackupAndRestoreImpl final : public CallbackImpl {
 public:
  BackupAndRestoreImpl(const std::string& folder, BackupAndRestoreOptions options)
      : folder_(folder),
        path_((std::filesystem::path(folder) / "latest.weights.h5").string()),
        options_(std::move(options)),
        batches_between_(detail::batches_between(owner, options_.save_freq)) {
    if (folder.empty()) throw ValueError("BackupAndRestore: backup_dir must not be empty");
  }

  void on_train_begin() override {
    restored_.reset();
    batches_ = last_batch_ = 0;
    if (!std::filesystem::exists(path_)) return;
    restored_ = io::read_hdf5(path_);
    const auto* text = restored_->find_attribute_of<std::string>(state_attribute);
    if (!text) throw FormatError(path_ + ": there is no " + state_attribute + ": the file is no backup of a training");
    state_ = parse_json(*text);
  }

  std::optional<Position> resumes_at() override {
    if (!restored_) return std::nullopt;
    return Position{state_.at("epoch").integer(), state_.at("batch").integer(),
                    DataPositions{data_position_in(state_.at("data")), data_position_in(state_.at("validation_data"))}};
  }

  void on_epoch_begin(int64_t epoch) override {
    epoch_ = epoch;
    // The order of the samples is drawn next, as it was.
    if (restored_) saving::set_random_state_of(model().impl(), state_.at("epoch_begin"));
    epoch_begin_ = saving::random_state_of(model().impl());
  }

  void on_resume() override {
    if (!restored_) return;
    const models::Model trained = model();
    saving::WeightsPlan plan;
    saving::plan_weights(*restored_, trained.impl(), {}, false, plan);
    if (const io::ArrayGroup* vars = restored_->find_group("optimizer/vars"); vars && plan.is_right()) {
      saving::plan_optimizer(trained, saving::numbered_arrays(*vars), vars, plan);
    }
    plan.check("fit: BackupAndRestore: " + path_);
    plan.apply();
    // At the end of an epoch the next one's order is drawn from where that stood.
    if (state_.at("batch").integer() > 0) {
      saving::set_random_state_of(trained.impl(), state_.at("now"));
      std::vector<metrics::MetricVariable> gathered;
      if (const io::ArrayGroup* group = restored_->find_group(gathered_group)) {
        for (const Tensor& value : saving::numbered_arrays(*group)) gathered.push_back({"", value});
      }
      trained.impl().set_gathered(gathered);
    }
    last_batch_ = state_.at("batch").integer();
    restored_.reset();
  }

  void on_train_batch_end(int64_t batch, const Logs&) override {
    if (!batches_between_) return;
    batches_ += batch + 1 - (batch < last_batch_ ? 0 : last_batch_);
    last_batch_ = batch + 1;
    if (batches_ < *batches_between_) return;
    batches_ = 0;
    save(epoch_, batch + 1);
  }

  void on_epoch_end(int64_t epoch, Logs&) override {
    last_batch_ = 0;
    if (!batches_between_) save(epoch + 1, 0);
  }

  void on_train_end(const Logs&) override {
    if (!options_.delete_checkpoint) return;
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(folder_, ignored);  // unless there is something else
  }

 private:
  void save(int64_t epoch, int64_t batch) const {
    const models::Model trained = model();
    const Config now = saving::random_state_of(trained.impl());
    Config state = Config::dict();
    state.set("epoch", epoch);
    state.set("batch", batch);
    const DataPositions data = trained.impl().data_positions();
    state.set("data", config_of(data.training));
    state.set("validation_data", config_of(data.validation));
    state.set("epoch_begin", batch == 0 ? now : epoch_begin_);
    state.set("now", now);
    io::ArrayGroup root = saving::weights_tree(trained.impl());
    root.group_at("optimizer/vars") = saving::optimizer_tree(trained.optimizer());
    io::ArrayGroup& gathered = root.group_at(gathered_group);
    for (const auto& variable : trained.impl().gathered()) {
      gathered.arrays.emplace_back(std::to_string(gathered.arrays.size()), variable.value);
    }
    root.attributes.emplace_back(state_attribute, to_json(state));
    std::error_code ignored;  // where that fails, writing the file says why
    std::filesystem::create_directories(folder_, ignored);
    io::write_atomically(path_, io::hdf5_content(root));
  }

  const std::string folder_, path_;
  const BackupAndRestoreOptions options_;
  const std::optional<int64_t> batches_between_;
  // What was found, until the training goes on with it.
  std::optional<io::ArrayGroup> restored_;
  Config state_, epoch_begin_;
  int64_t epoch_ = 0, batches_ = 0, last_batch_ = 0;
};

}  // namespace

BackupAndRestore::BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options)
    : Callback(std::make_shared<BackupAndRestoreImpl>(backup_dir, std::move(options))) {}

}  // namespace xtape::callbacks
