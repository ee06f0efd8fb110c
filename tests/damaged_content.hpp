#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

// A file's content with one to eight bytes changed, or its end cut off: another one for each number, the same every
// time.
inline std::string damaged_content(const std::string& seed, uint32_t number) {
  std::mt19937 random(number);
  std::string content = seed;
  if (random() % 4 == 0) content.resize(random() % content.size());
  if (content.empty()) return content;
  for (uint32_t changes = 1 + random() % 8; changes > 0; --changes) {
    // Headers are where files are most easily hurt.
    const std::size_t place =
        random() % 3 == 0 ? random() % std::min<std::size_t>(content.size(), 256) : random() % content.size();
    switch (random() % 4) {
      case 0:
        content[place] = static_cast<char>(content[place] ^ 1 << random() % 8);
        break;
      case 1:
        content[place] = static_cast<char>(random());
        break;
      case 2:
        content[place] = '\xff';
        break;
      default:
        std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(place),
                    std::min<std::size_t>(1 + random() % 8, content.size() - place), random() % 2 == 0 ? '\0' : '\xff');
    }
  }
  return content;
}
