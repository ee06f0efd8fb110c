#pragma once

#if defined(__GNUC__)
#define XTAPE_API __attribute__((visibility("default")))
#else
#define XTAPE_API
#endif
