#pragma once

// Every public header includes this one.
#if __cplusplus < 202002L
#error "xtape needs C++20: compile with -std=c++20 or newer, in CMake with target_compile_features(... cxx_std_20)"
#endif

#if defined(__GNUC__)
#define XTAPE_API __attribute__((visibility("default")))
#else
#define XTAPE_API
#endif
