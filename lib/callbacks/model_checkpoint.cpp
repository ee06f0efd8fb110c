#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <xtape/callbacks/model_checkpoint.hpp>
#include <xtape/detail/path.hpp>
#include <xtape/detail/save_freq.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model.hpp>

#include "callbacks/monitor.hpp"
#include "callbacks/path_format.hpp"

namespace xtape::callbacks {
namespace {

constexpr const char* owner = "ModelCheckpoint";

void check_path(const std::string& path, bool weights_only) {
  detail::check_path(owner, path);
  if (weights_only) {
    if (path.ends_with(".weights.h5")) return;
    throw ValueError("ModelCheckpoint: with save_weights_only the path must end in \".weights.h5\", given \"" + path +
                     '"');
  }
  if (path.ends_with(".keras") || path.ends_with(".h5")) return;
  throw ValueError("ModelCheckpoint: the path must end in \".keras\" (or \".h5\", the older format), given \"" + path +
                   '"');
}

std::string five_digits(double value) {
  char text[400];
  std::snprintf(text, sizeof text, "%.5f", value);
  return text;
}

class ModelCheckpointImpl final : public CallbackImpl {
 public:
  ModelCheckpointImpl(std::string path, ModelCheckpointOptions options)
      : path_(std::move(path)),
        options_(std::move(options)),
        monitor_(owner, options_.monitor, options_.mode, 0),
        save_freq_(owner, options_.save_freq),
        best_(options_.initial_value_threshold) {
    check_path(path_, options_.save_weights_only);
  }

  // Where the model cannot be written, as one with a function in it, that is known before it is trained.
  void on_train_begin() override {
    if (options_.save_weights_only) return;
    try {
      layers::serialize(model());
    } catch (Error& error) {
      error.set_message(std::string(owner) + ": the model cannot be written to " + path_ +
                        "; save_weights_only = true writes its weights alone: " + error.message());
      throw;
    }
  }

  void on_epoch_begin(int64_t epoch) override { epoch_ = epoch; }

  void on_train_batch_end(int64_t batch, const Logs& logs) override {
    if (save_freq_.is_due(batch)) save(batch, logs);
  }

  void on_epoch_end(int64_t, Logs& logs) override {
    if (save_freq_.is_by_epochs()) save(std::nullopt, logs);
  }

  const std::optional<double>& best() const { return best_; }

 private:
  void save(std::optional<int64_t> batch, const Logs& logs) {
    const std::string path = formatted_path(path_, epoch_ + 1, batch ? std::optional(*batch + 1) : std::nullopt, logs);
    if (!is_to_be_saved(logs, path)) return;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    std::error_code ignored;  // where that fails, writing the file says why
    if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
    if (options_.save_weights_only) {
      model().save_weights(path);
    } else {
      model().save(path);
    }
    say("finished saving model to " + path);
  }

  bool is_to_be_saved(const Logs& logs, const std::string& path) {
    if (!options_.save_best_only) {
      say("saving model to " + path);
      return true;
    }
    if (!logs.contains(options_.monitor)) {
      if (!std::exchange(warned_, true)) {
        std::cerr << "Can save best model only with " << options_.monitor << " available." << std::endl;
      }
      return true;
    }
    const double current = monitor_.value(logs);
    const std::string before = best_ ? five_digits(*best_) : "None";
    // A first NaN, which Keras keeps as the best for ever, is none.
    const bool had_none = !best_ || (std::isnan(*best_) && !std::isnan(current));
    if (!had_none && !monitor_.improves(current, *best_)) {
      say(options_.monitor + " did not improve from " + before);
      return false;
    }
    say(options_.monitor + " improved from " + before + " to " + five_digits(current) + ", saving model to " + path);
    best_ = current;
    return true;
  }

  void say(const std::string& what) const {
    if (options_.verbose > 0) std::cout << "\nEpoch " << epoch_ + 1 << ": " << what << std::endl;
  }

  const std::string path_;
  const ModelCheckpointOptions options_;
  Monitor monitor_;
  detail::SaveFrequency save_freq_;
  std::optional<double> best_;
  bool warned_ = false;
  int64_t epoch_ = 0;
};

}  // namespace

ModelCheckpoint::ModelCheckpoint(std::string filepath, ModelCheckpointOptions options)
    : Callback(std::make_shared<ModelCheckpointImpl>(std::move(filepath), std::move(options))) {}

std::optional<double> ModelCheckpoint::best() const { return static_cast<const ModelCheckpointImpl&>(**this).best(); }

}  // namespace xtape::callbacks
