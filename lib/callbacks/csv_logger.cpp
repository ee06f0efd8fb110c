#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>
#include <xtape/callbacks/csv_logger.hpp>
#include <xtape/detail/path.hpp>
#include <xtape/error.hpp>

#include "callbacks/csv.hpp"
#include "callbacks/number_text.hpp"

namespace xtape::callbacks {
namespace {

class CSVLoggerImpl final : public CallbackImpl {
 public:
  CSVLoggerImpl(std::string filename, CSVLoggerOptions options)
      : filename_(std::move(filename)), options_(std::move(options)) {
    if (options_.separator.size() != 1 || options_.separator.find_first_of("\"\r\n") == 0) {
      throw ValueError("CSVLogger: separator must be one letter, no quote and no line end, given \"" +
                       options_.separator + '"');
    }
    detail::check_path("CSVLogger", filename_);
  }

  void on_train_begin() override {
    bool has_head = false;
    if (options_.append) {
      std::ifstream before(filename_, std::ios::binary);
      has_head = before && before.peek() != std::ifstream::traits_type::eof();
    }
    file_ = std::ofstream(filename_, std::ios::binary | (options_.append ? std::ios::app : std::ios::trunc));
    check();
    writes_head_ = !has_head;
    keys_.clear();
  }

  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (keys_.empty()) {
      for (const auto& entry : logs) keys_.push_back(entry.first);
      std::sort(keys_.begin(), keys_.end());
      add_validation();
      if (writes_head_) write("epoch", [](const std::string& key) { return key; });
    }
    write(std::to_string(epoch), [&](const std::string& key) {
      if (!logs.contains(key)) return std::string("NA");
      const Tensor values = logs.values(key);
      return values.rank() > 0 ? numbers_text(values) : number_text(logs[key]);
    });
  }

  void on_train_end(const Logs&) override { file_.close(); }

 private:
  // As Keras does: with validation_freq, the first epoch may have no validation, and later ones need columns.
  void add_validation() {
    const auto is_of_validation = [](const std::string& key) { return key.rfind("val_", 0) == 0; };
    if (std::any_of(keys_.begin(), keys_.end(), is_of_validation)) return;
    const std::size_t names = keys_.size();
    for (std::size_t i = 0; i < names; ++i) keys_.push_back("val_" + keys_[i]);
  }

  template <class Field>
  void write(const std::string& first, const Field& field) {
    std::string line = first;
    for (const std::string& key : keys_) line += options_.separator + csv_field(field(key), options_.separator);
    file_ << line << "\r\n" << std::flush;
    check();
  }

  void check() const {
    if (!file_) {
      throw IOError("CSVLogger: cannot write " + filename_ + ": " + std::generic_category().message(errno));
    }
  }

  std::string filename_;
  CSVLoggerOptions options_;
  std::ofstream file_;
  bool writes_head_ = true;
  std::vector<std::string> keys_;
};

}  // namespace

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options)
    : Callback(CSVLoggerImpl(std::move(filename), std::move(options))) {}

}  // namespace xtape::callbacks
