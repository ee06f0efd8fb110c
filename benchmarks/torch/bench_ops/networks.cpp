#include <string>

#include "bench_ops/groups.hpp"
#include "channels_last.hpp"
#include "row.hpp"

namespace bench {
namespace {

namespace F = torch::nn::functional;

void batch_norm_rows(const Runner& runner) {
  const auto image = torch::rand({128, 32, 26, 26});
  const auto gamma = torch::ones(32), beta = torch::zeros(32), mean = torch::zeros(32), variance = torch::ones(32);
  const auto rows = [&](const torch::Tensor& x, const char* variant) {
    op_rows(
        runner, "batch_norm.128x26x26x32", {x, gamma, beta},
        [&] { return torch::batch_norm(x, gamma, beta, mean, variance, true, 0.01, 1e-3, false); }, variant);
  };
  rows(image.clone(), "@nchw");
  rows(channels_last(image), "@channels_last");
}

void layer_norm_rows(const Runner& runner) {
  const auto x = torch::rand({128, 512});
  const auto gamma = torch::ones(512), beta = torch::zeros(512);
  op_rows(runner, "layer_norm.128x512", {x, gamma, beta},
          [&] { return torch::layer_norm(x, {512}, gamma, beta, 1e-3); });
}

// An LSTM or GRU over sequences of 28 rows of 28 pixels.
template <class Network>
void recurrent_rows(const Runner& runner, const std::string& name, Network network) {
  const auto x = torch::rand({128, 28, 28});
  Tensors inputs = network->parameters();
  inputs.push_back(x);
  op_rows(runner, name + ".128x28x28.128", inputs, [&] { return std::get<0>(network->forward(x)); });
}

// Sequences of 1 to 28 steps, packed and padded again.
void packed_gru_rows(const Runner& runner) {
  namespace rnn = torch::nn::utils::rnn;
  torch::nn::GRU network(torch::nn::GRUOptions(28, 128).batch_first(true));
  const auto x = torch::rand({128, 28, 28});
  const auto lengths = torch::randint(1, 29, {128}, torch::kInt64);
  Tensors inputs = network->parameters();
  inputs.push_back(x);
  op_rows(runner, "gru_masked.128x28x28.128", inputs, [&] {
    const auto packed = rnn::pack_padded_sequence(x, lengths, true, false);
    const auto outputs = std::get<0>(network->forward_with_packed_input(packed));
    return std::get<0>(rnn::pad_packed_sequence(outputs, true, 0, 28));
  });
}

void cross_entropy_rows(const Runner& runner, int rows, int classes) {
  const auto logits = torch::rand({rows, classes});
  const auto labels = torch::randint(classes, {rows}, torch::kInt64);
  op_rows(runner, "cross_entropy." + std::to_string(rows) + "x" + std::to_string(classes), {logits},
          [&] { return F::cross_entropy(logits, labels); });
}

}  // namespace

void networks(const Runner& runner) {
  batch_norm_rows(runner);
  layer_norm_rows(runner);
  recurrent_rows(runner, "lstm", torch::nn::LSTM(torch::nn::LSTMOptions(28, 128).batch_first(true)));
  recurrent_rows(runner, "gru", torch::nn::GRU(torch::nn::GRUOptions(28, 128).batch_first(true)));
  packed_gru_rows(runner);
  recurrent_rows(runner, "simple_rnn", torch::nn::RNN(torch::nn::RNNOptions(28, 128).batch_first(true)));
  recurrent_rows(runner, "bidirectional_lstm",
                 torch::nn::LSTM(torch::nn::LSTMOptions(28, 128).batch_first(true).bidirectional(true)));

  const auto table = torch::rand({10000, 128});
  const auto ids = torch::randint(10000, {128, 64}, torch::kInt64);
  op_rows(runner, "embedding.10000x128.128x64", {table}, [&] { return torch::embedding(table, ids); });

  const auto x = torch::rand(1 << 20);
  op_rows(runner, "dropout.1048576", {x}, [&] { return torch::dropout(x, 0.5, true); });

  cross_entropy_rows(runner, 128, 10);
  cross_entropy_rows(runner, 1024, 1000);
}

}  // namespace bench
