#pragma once

#include <xtape/export.hpp>

namespace xtape {

/// Sets how many threads kernels may use, for the whole process. Small work stays on the caller's thread.
/// Default: OMP_NUM_THREADS if set, else the number of CPUs this process may run on, at most what the CPU quota of its
/// control group grants; at most OMP_THREAD_LIMIT. Results depend on this number, never on which threads find a core;
/// beside other busy processes fewer take part. May be called while other threads compute: what they have begun goes on
/// as it was.
/// @throws ValueError if `count` is below 1; nothing changes then.
XTAPE_API void set_num_threads(int count);

/// The number of threads kernels may use. Reading it never changes a setting.
XTAPE_API int get_num_threads();

}  // namespace xtape
