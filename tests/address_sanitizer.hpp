#pragma once

// XTAPE_ADDRESS_SANITIZER: the address sanitizer looks on, and the allocator keeps no freed memory, so that each use
// after free shows.
#if defined(__SANITIZE_ADDRESS__)
#define XTAPE_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define XTAPE_ADDRESS_SANITIZER
#endif
#endif
