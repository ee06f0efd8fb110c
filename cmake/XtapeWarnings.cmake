add_library(xtape_warnings INTERFACE)
target_compile_options(xtape_warnings INTERFACE -Wall -Wextra $<$<BOOL:${XTAPE_WARNINGS_AS_ERRORS}>:-Werror>)

# Under the sanitizers g++ 12 warns of uninitialized parts of standard containers and functions that are not.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_compile_options(xtape_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
