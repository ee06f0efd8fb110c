#pragma once

#include <torch/torch.h>

/// The measured models as libtorch users write them, with the class scores as logits.
namespace bench {

inline torch::nn::Sequential make_mlp() {
  using namespace torch::nn;
  return Sequential(Linear(784, 128), ReLU(), Linear(128, 10));
}

inline torch::nn::Sequential make_cnn() {
  using namespace torch::nn;
  return Sequential(Conv2d(1, 32, 3), ReLU(), MaxPool2d(2), Dropout(0.25),   //
                    Conv2d(32, 64, 3), ReLU(), MaxPool2d(2), Dropout(0.25),  //
                    Flatten(), Linear(1600, 128), ReLU(), Dropout(0.5), Linear(128, 10));
}

/// Images as sequences of 28 rows.
struct LstmClassifierImpl : torch::nn::Module {
  torch::nn::LSTM lstm{torch::nn::LSTMOptions(28, 128).batch_first(true)};
  torch::nn::Linear head{128, 10};

  LstmClassifierImpl() {
    register_module("lstm", lstm);
    register_module("head", head);
  }

  torch::Tensor forward(const torch::Tensor& x) { return head(std::get<0>(std::get<1>(lstm->forward(x)))[0]); }
};
TORCH_MODULE(LstmClassifier);

/// Self-attention and feed-forward, each with residual and layer normalization; the mean over the sequence is
/// classified. Written with one projection for query, key and value: faster than torch::nn::MultiheadAttention.
struct TransformerClassifierImpl : torch::nn::Module {
  static constexpr int width = 128, heads = 4, length = 64;
  torch::nn::Linear project{width, 3 * width}, output{width, width};
  torch::nn::Linear expand{width, 4 * width}, contract{4 * width, width}, head{width, 10};
  torch::nn::LayerNorm first{torch::nn::LayerNormOptions({width})}, second{torch::nn::LayerNormOptions({width})};

  TransformerClassifierImpl() {
    register_module("project", project);
    register_module("output", output);
    register_module("expand", expand);
    register_module("contract", contract);
    register_module("head", head);
    register_module("first", first);
    register_module("second", second);
  }

  torch::Tensor attention(const torch::Tensor& x) {
    const auto batch = x.size(0);
    const auto parts = project(x).view({batch, length, 3, heads, width / heads}).permute({2, 0, 3, 1, 4});
    const auto query = parts[0] * (1 / std::sqrt(static_cast<double>(width / heads)));
    const auto weights = torch::softmax(query.matmul(parts[1].transpose(-2, -1)), -1);
    return output(weights.matmul(parts[2]).transpose(1, 2).reshape({batch, length, width}));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const auto attended = first(x + attention(x));
    const auto hidden = second(attended + contract(torch::relu(expand(attended))));
    return head(hidden.mean(1));
  }
};
TORCH_MODULE(TransformerClassifier);

}  // namespace bench
