#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace xtape::callbacks {

/// A node of a drawn graph, and the names of those that it takes something from.
struct GraphNode {
  std::string name, op;
  std::vector<std::string> inputs;
};

/// Whether event files can be written.
bool has_event_files();

/// A file of events as TensorBoard reads them. Nothing is written before the first event.
class EventFile {
 public:
  explicit EventFile(std::string folder);
  ~EventFile();

  /// @throws IOError, in these, if the file cannot be written.
  void scalar(const std::string& tag, double value, int64_t step);
  /// Of the finite ones of the values.
  void histogram(const std::string& tag, const std::vector<double>& values, int64_t step);
  /// Of grey levels, row by row: `png` is the file's content.
  void image(const std::string& tag, const std::string& png, int64_t height, int64_t width, int64_t step);
  void graph(const std::vector<GraphNode>& nodes);
  /// A model in Keras's JSON, of which TensorBoard draws the conceptual graph.
  void keras_model(const std::string& json);
  void flush();

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace xtape::callbacks
