#pragma once

#include <string>

// Where the tests' sources and their data lie. A function, so that no other object depends on where the tree is.
std::string source_folder();
