#include "ops/registry.hpp"

namespace xtape {

std::vector<autograd::OpEntry> ops::registry() {
  autograd::Registry all;
#define XTAPE_ADD(family, file) \
  all.begin_family(#family);    \
  describe_##file(all);
  XTAPE_OPERATIONS(XTAPE_ADD)
#undef XTAPE_ADD
  return all.entries();
}

}  // namespace xtape
