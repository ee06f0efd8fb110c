#pragma once

#include <functional>
#include <xtape/export.hpp>

// For the library's own files.
namespace xtape::detail {

/// Has `action`, which must not throw, run when the function that this thread captures has ended: it lets go of tensors
/// that are kept for whoever asks in the function, and that must not outlive it. Nothing outside of a capture.
XTAPE_API void at_end_of_capture(std::function<void()> action);

}  // namespace xtape::detail
