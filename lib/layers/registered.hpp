#pragma once

#include <string>
#include <typeinfo>
#include <vector>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

// A class that a user has registered.
struct Registered {
  const std::type_info& type;
  std::string class_name, package;
  Layer (*make)(const Config& config);
};

// Null if there is none. What is found stays.
const Registered* registered_as(const std::string& registered_name);
const Registered* registered_as(const std::type_info& type);
// Whether it is a class of the library.
bool is_of_the_library(const std::type_info& type);
// The names of the classes.
std::vector<std::string> registered_names();
// The names by which deserialize knows the library's classes.
std::vector<std::string> library_names();

}  // namespace xtape::layers
