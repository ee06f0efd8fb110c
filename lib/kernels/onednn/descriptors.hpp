#pragma once

#include <dnnl.hpp>

// All that differs between oneDNN 2, where an operation has a descriptor of its own, and oneDNN 3, where the descriptor
// of a primitive takes what describes the operation itself.
namespace xtape::kernels {

template <class Primitive, class... Description>
typename Primitive::primitive_desc forward_descriptor(const dnnl::engine& engine,
                                                      const dnnl::primitive_attr& attributes,
                                                      const Description&... description) {
#if DNNL_VERSION_MAJOR < 3
  return {typename Primitive::desc(description...), attributes, engine};
#else
  return {engine, description..., attributes};
#endif
}

// `forward` is the descriptor of the pass whose gradient this is.
template <class Primitive, class Forward, class... Description>
typename Primitive::primitive_desc backward_descriptor(const dnnl::engine& engine, const Forward& forward,
                                                       const dnnl::primitive_attr& attributes,
                                                       const Description&... description) {
#if DNNL_VERSION_MAJOR < 3
  return {typename Primitive::desc(description...), attributes, engine, forward};
#else
  return {engine, description..., forward, attributes};
#endif
}

inline void append_relu(dnnl::post_ops& operations) {
#if DNNL_VERSION_MAJOR < 3
  operations.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#else
  operations.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#endif
}

}  // namespace xtape::kernels
