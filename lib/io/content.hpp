#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>
#include <xtape/tensor.hpp>

namespace xtape::io {

// The content of a file, or of an entry of an archive: pieces one behind the other that stay where they are, so that
// the elements of tensors are written without a copy.
class Content {
 public:
  Content() = default;
  Content(std::span<const std::byte> bytes) { append(bytes); }

  // Bytes that outlive the content.
  void append(std::span<const std::byte> bytes);
  // The others belong to it, with the elements of a contiguous tensor.
  void append(std::vector<std::byte> bytes);
  void append(const Tensor& contiguous);

  // None is empty.
  const std::vector<std::span<const std::byte>>& pieces() const { return pieces_; }
  uint64_t bytes() const { return bytes_; }
  // All in one place.
  std::vector<std::byte> joined() const;

 private:
  std::vector<std::span<const std::byte>> pieces_;
  std::vector<std::shared_ptr<const void>> owned_;
  uint64_t bytes_ = 0;
};

// The bytes of a text, which outlives them.
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace xtape::io
