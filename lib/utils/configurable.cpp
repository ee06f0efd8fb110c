#include <xtape/error.hpp>
#include <xtape/utils/configurable.hpp>

namespace xtape {
namespace {

[[noreturn]] void throw_own() { throw ValueError("an object of one's own class, or a function, cannot be written"); }

}  // namespace

std::string Configurable::class_name() const { throw_own(); }
void Configurable::fields(Fields&) { throw_own(); }
Config Configurable::get_config() const { return write_fields(*this); }

}  // namespace xtape
