#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "address_sanitizer.hpp"

// While it lives, this process gets at most so many bytes of memory beside what it has: what asks for more fails at
// once. Without effect under sanitizers, which map far more than there is.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(rlim_t more) {
    getrlimit(RLIMIT_AS, &before_);
#if !defined(XTAPE_ADDRESS_SANITIZER) && !defined(__SANITIZE_THREAD__)
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlimit limit{pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more, before_.rlim_max};
    setrlimit(RLIMIT_AS, &limit);
#else
    (void)more;
#endif
  }
  ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &before_); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

 private:
  rlimit before_;
};
