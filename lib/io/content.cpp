#include "io/content.hpp"

#include <utility>

#include "io/elements.hpp"

namespace xtape::io {

void Content::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  pieces_.push_back(bytes);
  bytes_ += bytes.size();
}

void Content::append(std::vector<std::byte> bytes) {
  const auto kept = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  append(std::span<const std::byte>(*kept));
  owned_.push_back(kept);
}

void Content::append(const Tensor& contiguous) {
  append(bytes_of(contiguous));
  owned_.push_back(std::make_shared<const Tensor>(contiguous));
}

std::vector<std::byte> Content::joined() const {
  std::vector<std::byte> all;
  all.reserve(bytes_);
  for (const std::span<const std::byte> piece : pieces_) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

}  // namespace xtape::io
