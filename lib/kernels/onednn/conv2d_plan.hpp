#pragma once

#include <dnnl.hpp>

#include "kernels/convolution/conv2d.hpp"

// What oneDNN compiles for one convolution. Only for a build with oneDNN.
namespace xtape::kernels {

enum class ConvolutionPass { forward, backward_data, backward_weights };

// A primitive is compiled for one shape, and for one thread: the threads are given pieces of the whole
// (conv2d_pieces.hpp).
struct Conv2dPlanKey {
  ConvolutionPass pass;
  Conv2dGeometry geometry;
  bool bias, relu;

  friend bool operator==(const Conv2dPlanKey&, const Conv2dPlanKey&) = default;
};

// Activations stay in NHWC; the kernel is reordered to the blocked layout that the primitive prefers.
struct Conv2dPlan {
  bool fast = false;  // whether oneDNN has a fast kernel for the shape; if not, the rest is not to be used
  dnnl::primitive primitive;
  dnnl::reorder reorder;
  bool reordered = false;
  dnnl::memory::desc x, kernel, blocked_kernel, bias, out, scratchpad;
};

const dnnl::engine& onednn_engine();

Conv2dPlan make_conv2d_plan(const Conv2dPlanKey& key);

// Whether a kernel of oneDNN for such a shape was seen to read or write outside of its memory (docs/reliability.md).
// These shapes never go there, whatever the version at run time: the kernels of this library take them.
bool overruns_in_onednn(ConvolutionPass pass, const Conv2dGeometry& geometry);

}  // namespace xtape::kernels
