#include "callbacks/tensorboard/event_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <xtape/error.hpp>

#include "callbacks/tensorboard/record.hpp"
#include "event.pb.h"

namespace xtape::callbacks {
namespace {

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// As TensorFlow names them; no two of a process are alike.
std::string file_name() {
  static std::atomic<int> files{0};
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return "events.out.tfevents." + std::to_string(static_cast<int64_t>(seconds_since_1970())) + '.' + host + '.' +
         std::to_string(::getpid()) + '.' + std::to_string(files++) + ".v2";
}

}  // namespace

bool has_event_files() { return true; }

class EventFile::Writer {
 public:
  explicit Writer(std::string folder) : folder_(std::move(folder)) {}

  void write(tensorboard::Event event) {
    if (!file_.is_open()) open();
    event.set_wall_time(seconds_since_1970());
    file_ << record(event.SerializeAsString());
    check();
  }
  void write(int64_t step, tensorboard::Summary::Value value) {
    tensorboard::Event event;
    event.set_step(step);
    *event.mutable_summary()->add_value() = std::move(value);
    write(std::move(event));
  }
  void flush() {
    if (!file_.is_open()) return;
    file_.flush();
    check();
  }

 private:
  void open() {
    std::error_code ignored;  // what it means, opening the file says
    std::filesystem::create_directories(folder_, ignored);
    path_ = (std::filesystem::path(folder_) / file_name()).string();
    file_.open(path_, std::ios::binary);
    check();
    tensorboard::Event first;
    first.set_file_version("brain.Event:2");
    write(std::move(first));
  }
  void check() const {
    if (!file_) throw IOError("TensorBoard: cannot write " + path_ + ": " + std::generic_category().message(errno));
  }

  std::string folder_, path_;
  std::ofstream file_;
};

EventFile::EventFile(std::string folder) : writer_(std::make_unique<Writer>(std::move(folder))) {}
EventFile::~EventFile() = default;

void EventFile::scalar(const std::string& tag, double value, int64_t step) {
  tensorboard::Summary::Value summary;
  summary.set_tag(tag);
  summary.set_simple_value(static_cast<float>(value));
  writer_->write(step, std::move(summary));
}

void EventFile::histogram(const std::string& tag, const std::vector<double>& values, int64_t step) {
  std::vector<double> finite;
  for (const double value : values) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  if (finite.empty()) return;
  const auto [least, largest] = std::minmax_element(finite.begin(), finite.end());
  const double low = *least, high = *largest;
  // As many as TensorFlow makes; one where all values are alike.
  const std::size_t buckets = low < high ? 30 : 1;
  std::vector<double> counts(buckets);
  double sum = 0, squares = 0;
  for (const double value : finite) {
    const auto bucket = low < high ? static_cast<std::size_t>((value - low) / (high - low) * 30) : 0;
    ++counts[std::min(bucket, buckets - 1)];
    sum += value;
    squares += value * value;
  }
  tensorboard::Summary::Value summary;
  summary.set_tag(tag);
  tensorboard::Histogram& histogram = *summary.mutable_histo();
  histogram.set_min(low);
  histogram.set_max(high);
  histogram.set_num(static_cast<double>(finite.size()));
  histogram.set_sum(sum);
  histogram.set_sum_squares(squares);
  for (std::size_t i = 0; i < buckets; ++i) {
    histogram.add_bucket_limit(low + (high - low) * static_cast<double>(i + 1) / static_cast<double>(buckets));
    histogram.add_bucket(counts[i]);
  }
  writer_->write(step, std::move(summary));
}

void EventFile::image(const std::string& tag, const std::string& png, int64_t height, int64_t width, int64_t step) {
  tensorboard::Summary::Value summary;
  summary.set_tag(tag);
  tensorboard::Summary::Image& image = *summary.mutable_image();
  image.set_height(static_cast<int32_t>(height));
  image.set_width(static_cast<int32_t>(width));
  image.set_colorspace(1);
  image.set_encoded_image_string(png);
  writer_->write(step, std::move(summary));
}

void EventFile::graph(const std::vector<GraphNode>& nodes) {
  tensorboard::Graph graph;
  for (const GraphNode& node : nodes) {
    tensorboard::Graph::Node& added = *graph.add_node();
    added.set_name(node.name);
    added.set_op(node.op);
    for (const std::string& input : node.inputs) added.add_input(input);
  }
  graph.mutable_versions()->set_producer(22);  // of graphs as they have been since TensorFlow 1.0
  tensorboard::Event event;
  event.set_graph_def(graph.SerializeAsString());
  writer_->write(std::move(event));
}

void EventFile::keras_model(const std::string& json) {
  tensorboard::Summary::Value summary;
  summary.set_tag("keras");
  summary.mutable_metadata()->mutable_plugin_data()->set_plugin_name("graph_keras_model");
  summary.mutable_metadata()->mutable_plugin_data()->set_content("1");
  tensorboard::Tensor& tensor = *summary.mutable_tensor();
  tensor.set_dtype(7);
  tensor.mutable_tensor_shape();
  tensor.add_string_val(json);
  writer_->write(0, std::move(summary));
}

void EventFile::flush() { writer_->flush(); }

}  // namespace xtape::callbacks
