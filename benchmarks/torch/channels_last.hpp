#pragma once

#include <torch/torch.h>

namespace bench {

/// The same values in NHWC order. `contiguous(ChannelsLast)` leaves a tensor of one channel as it is, in strides that
/// select the slow NCHW kernels, so those are set by hand.
inline torch::Tensor channels_last(const torch::Tensor& x) {
  const auto channels = x.size(1);
  if (channels != 1) return x.contiguous(torch::MemoryFormat::ChannelsLast);
  return x.contiguous().as_strided(x.sizes(), {x.size(2) * x.size(3), 1, x.size(3), 1});
}

/// Puts every convolution kernel of the module into NHWC order.
inline void use_channels_last(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) {
    if (parameter.dim() == 4) parameter.set_data(channels_last(parameter));
  }
}

}  // namespace bench
