#pragma once

// Configurations of a few bytes that ask for what no file holds, no machine has or no run ends.
#include <cstddef>
#include <functional>
#include <new>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "address_space_limit.hpp"
#include "catch.hpp"
#include "io/hdf5.hpp"
#include "io/zip_bytes.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {

inline std::string layer(const std::string& class_name, const std::string& options) {
  return R"({"class_name":")" + class_name + R"(","config":{)" + options + "}}";
}

inline std::string input(const std::string& batch_shape, const std::string& name = "x") {
  return layer("InputLayer", R"("batch_shape":)" + batch_shape + R"(,"name":")" + name + '"');
}

inline std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& each : all) text += (text.empty() ? "" : ",") + each;
  return text;
}

inline std::string sequential(const std::vector<std::string>& layers) {
  return layer("Sequential", R"("name":"s","layers":[)" + joined(layers) + "]");
}

// A file of that configuration, with the weights of a small layer.
inline std::string file_of(const TemporaryFolder& folder, const std::string& config) {
  io::ArrayGroup weights;
  weights.group_at("vars");
  weights.add_array("layers/dense/vars/0", ones({4, 2}));
  weights.add_array("layers/dense/vars/1", ones({2}));
  const std::vector<std::byte> image = io::hdf5_content(weights).joined();
  return folder.write(
      "model.keras",
      zip_bytes({stored_entry("metadata.json", R"({"keras_version": "3.16.0"})"), stored_entry("config.json", config),
                 stored_entry("model.weights.h5", {reinterpret_cast<const char*>(image.data()), image.size()})}));
}

// What is said where a call is refused; "read" where it is not, "out of memory" where that was asked for.
inline std::string refusal(const std::function<void()>& call) {
  const AddressSpaceLimit limit(std::size_t{512} << 20);
  try {
    call();
  } catch (const ValueError& error) {
    return error.what();
  } catch (const FormatError& error) {
    return error.what();
  } catch (const std::bad_alloc&) {
    return "out of memory";
  }
  return "read";
}

// Both ways to read it end with an error that says this.
inline void check_refused(const std::string& config, const std::string& text) {
  CAPTURE(config.substr(0, 400));
  const TemporaryFolder folder;
  const std::string path = file_of(folder, config);
  const std::string of_file = refusal([&] { load_model(path); });
  CHECK_THAT(of_file, Contains(text));
  CHECK_THAT(of_file, Contains(path));
  CHECK_THAT(refusal([&] { models::model_from_json(config); }), Contains(text));
}

}  // namespace xtape::test
