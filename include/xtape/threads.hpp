#pragma once

#include <xtape/export.hpp>

namespace xtape {

/// Sets how many threads kernels may use, for the whole process. Small work stays on the caller's thread.
/// Default: OMP_NUM_THREADS if set, else the number of CPUs this process may run on.
/// @throws ValueError if `count` is below 1; nothing changes then.
XTAPE_API void set_num_threads(int count);

/// The number of threads kernels may use. Reading it never changes a setting.
XTAPE_API int get_num_threads();

}  // namespace xtape
