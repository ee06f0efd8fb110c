#pragma once

// DO(T) for the C++ type of each dtype: what kernels are instantiated for.
#define XTAPE_FLOATING_TYPES(DO) DO(float) DO(double)
#define XTAPE_INTEGER_TYPES(DO) DO(int64_t) DO(int32_t) DO(uint8_t) DO(bool)
#define XTAPE_ALL_TYPES(DO) XTAPE_FLOATING_TYPES(DO) XTAPE_INTEGER_TYPES(DO)
