#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>
#include <xtape/callbacks/tensorboard.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/path.hpp>
#include <xtape/detail/png.hpp>
#include <xtape/error.hpp>

#include "callbacks/learning_rate.hpp"
#include "callbacks/tensorboard/event_file.hpp"
#include "callbacks/tensorboard/model_graph.hpp"

namespace xtape::callbacks {
namespace {

constexpr const char* owner = "TensorBoard";

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool is_of_validation(const std::string& name) { return name.rfind("val_", 0) == 0; }

// Batches from one writing to the next; nothing for "epoch".
std::optional<int64_t> batches_between(const std::variant<int64_t, std::string>& update_freq) {
  if (const int64_t* batches = std::get_if<int64_t>(&update_freq)) {
    detail::check_at_least(1, owner, "update_freq", *batches);
    return *batches;
  }
  const std::string& text = std::get<std::string>(update_freq);
  if (text == "batch") return 1;
  if (text == "epoch") return std::nullopt;
  throw ValueError("TensorBoard: update_freq must be \"epoch\", \"batch\" or a number of batches, given \"" + text +
                   '"');
}

// Rows and columns of grey levels: the least value black, the largest white.
std::string grey_png(const Tensor& values) {
  const std::vector<double> numbers = values.to_vector<double>();
  const auto [least, largest] = std::minmax_element(numbers.begin(), numbers.end());
  const double low = *least, range = *largest - *least;
  std::vector<uint8_t> pixels;
  for (const double number : numbers) {
    const double part = range > 0 ? (number - low) / range : 0;
    pixels.push_back(part >= 0 && part <= 1 ? static_cast<uint8_t>(part * 255 + 0.5) : 0);
  }
  return detail::encode_png(values.shape(0), values.shape(1), 1, pixels);
}

// The images of a weight, as Keras lays it out; none for more than three axes.
std::vector<Tensor> images_of(const Tensor& weight) {
  const Tensor w = weight.squeeze();
  if (w.numel() == 0) return {};
  if (w.rank() == 1) return {w.reshape({1, -1})};
  if (w.rank() == 2) return {w.shape(0) > w.shape(1) ? w.transpose() : w};
  std::vector<Tensor> images;
  if (w.rank() == 3) {
    const Tensor first = w.permute({2, 0, 1});
    constexpr int64_t most = 3;
    for (int64_t i = 0; i < std::min(first.shape(0), most); ++i) images.push_back(first[i]);
  }
  return images;
}

class TensorBoardImpl final : public CallbackImpl {
 public:
  explicit TensorBoardImpl(TensorBoardOptions options)
      : options_(std::move(options)), batches_between_(batches_between(options_.update_freq)) {
    detail::check_at_least(0, owner, "histogram_freq", options_.histogram_freq);
    detail::check_path(owner, options_.log_dir);
    for (const auto& [option, value] :
         {std::pair{"profile_batch", options_.profile_batch}, std::pair{"embeddings_freq", options_.embeddings_freq}}) {
      if (value != 0) {
        throw ValueError(std::string("TensorBoard: ") + option +
                         " must be 0: profiles and embeddings are not written, given " + std::to_string(value));
      }
    }
    if (!has_event_files()) {
      throw ValueError(
          "TensorBoard: event files are made by Protocol Buffers, which this build of xtape was made without: write a "
          "CSVLogger's file, or build with -DXTAPE_WITH_PROTOBUF=ON (Debian: libprotobuf-dev, protobuf-compiler)");
    }
  }

  void set_model(const models::Model& model) override {
    CallbackImpl::set_model(model);
    train_.emplace(options_.log_dir + "/train");
    validation_.emplace(options_.log_dir + "/validation");
  }

  void on_train_begin() override {
    batch_ = 0;
    has_graph_ = false;
  }
  void on_train_end(const Logs&) override { train_->flush(); }

  void on_epoch_begin(int64_t) override {
    epoch_start_ = seconds_now();
    iterations_before_ = model().optimizer().iterations();
  }

  void on_train_batch_begin(int64_t) override {
    ++batch_;
    batch_start_ = seconds_now();
  }

  void on_train_batch_end(int64_t, const Logs& logs) override {
    if (options_.write_graph && !has_graph_) write_graph();
    if (!batches_between_ || batch_ % *batches_between_ != 0) return;
    if (options_.write_steps_per_second) {
      train_->scalar("batch_steps_per_second", 1 / (seconds_now() - batch_start_), batch_);
    }
    for (const auto& [name, value] : logs) train_->scalar("batch_" + name, value, batch_);
  }

  void on_epoch_end(int64_t epoch, Logs& logs) override {
    for (const auto& [name, value] : logs) {
      if (name == "learning_rate") continue;
      if (is_of_validation(name)) {
        validation_->scalar("epoch_" + name.substr(4), value, epoch);
      } else {
        train_->scalar("epoch_" + name, value, epoch);
      }
    }
    train_->scalar("epoch_learning_rate", logged_learning_rate(model()), epoch);
    if (options_.write_steps_per_second) {
      const auto steps = static_cast<double>(model().optimizer().iterations() - iterations_before_);
      train_->scalar("epoch_steps_per_second", steps / (seconds_now() - epoch_start_), epoch);
    }
    if (options_.histogram_freq > 0 && epoch % options_.histogram_freq == 0) write_weights(epoch);
    train_->flush();
    validation_->flush();
  }

  void on_test_end(const Logs& logs) override {
    for (const auto& [name, value] : logs) {
      validation_->scalar("evaluation_" + name + "_vs_iterations", value, model().optimizer().iterations());
    }
    validation_->flush();
  }

 private:
  void write_graph() {
    has_graph_ = true;
    train_->graph(model_graph(model()));
    std::string json;
    try {
      json = model().to_json();
    } catch (const ValueError&) {
      return;  // a model of one's own, of which the layers are there
    }
    train_->keras_model(json);
  }

  void write_weights(int64_t epoch) {
    for (const layers::Variable& weight : model().weights()) {
      train_->histogram(weight.path + "/histogram", weight.value.to_vector<double>(), epoch);
      if (!options_.write_images) continue;
      const std::vector<Tensor> images = images_of(weight.value);
      for (std::size_t i = 0; i < images.size(); ++i) {
        const std::string number = images.size() > 1 ? '/' + std::to_string(i) : "";
        train_->image(weight.path + "/image" + number, grey_png(images[i]), images[i].shape(0), images[i].shape(1),
                      epoch);
      }
    }
  }

  TensorBoardOptions options_;
  std::optional<int64_t> batches_between_;
  std::optional<EventFile> train_, validation_;
  bool has_graph_ = false;
  // Of this fit, from 1.
  int64_t batch_ = 0;
  int64_t iterations_before_ = 0;
  // In seconds, by the steady clock.
  double epoch_start_ = 0, batch_start_ = 0;
};

}  // namespace

TensorBoard::TensorBoard(TensorBoardOptions options)
    : Callback(std::make_shared<TensorBoardImpl>(std::move(options))) {}

}  // namespace xtape::callbacks
