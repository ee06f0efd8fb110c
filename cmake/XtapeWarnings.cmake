add_library(xtape_warnings INTERFACE)
target_compile_options(xtape_warnings INTERFACE -Wall -Wextra $<$<BOOL:${XTAPE_WARNINGS_AS_ERRORS}>:-Werror>)
