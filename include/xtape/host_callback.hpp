#pragma once

#include <functional>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// Calls function(x), which may read and write elements and change x in place, as an operation that changes x: at once,
/// without recording and, where a function is captured (program.hpp), in each run of the program, at this place. So
/// that numbers of the surrounding C++ program, such as a schedule's, reach every run:
/// ```
/// const Tensor rate = zeros({});
/// host_callback([&](const Tensor& r) { r.fill(schedule.next()); }, rate);
/// w -= gradient * rate;
/// ```
/// What `function` closed over by reference has to live as long as the program.
/// @throws ValueError if `function` or x is undefined, AutogradError if x requires a gradient while operations are
/// recorded.
XTAPE_API void host_callback(std::function<void(const Tensor& x)> function, const Tensor& x);

}  // namespace xtape
