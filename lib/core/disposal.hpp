#pragma once

namespace xtape::core {

// Destroys `object` by destroy(object): at once, or, where this thread is already destroying something in here, when
// that is done. A million objects of which each owns the next are so destroyed one after another, not by a million
// nested calls. For objects that may own others of their kind: nodes, and tensors and storages that own more than
// elements.
void dispose(void* object, void (*destroy)(void*)) noexcept;

}  // namespace xtape::core
