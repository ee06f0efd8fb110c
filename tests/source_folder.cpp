#include "source_folder.hpp"

std::string source_folder() { return XTAPE_TEST_SOURCES; }
