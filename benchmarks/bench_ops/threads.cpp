#include <xtape/threads.hpp>

#include "groups.hpp"

void bench::set_threads(int count) { xtape::set_num_threads(count); }
