#include <string>

#include "groups.hpp"
#include "row.hpp"

namespace bench {
namespace {

void batch_norm_rows(const Runner& runner) {
  const auto x = xtape::rand({128, 26, 26, 32});
  const auto gamma = xtape::ones({32}), beta = xtape::zeros({32});
  op_rows(runner, "batch_norm.128x26x26x32", {x, gamma, beta}, [&] { return xtape::batch_norm(x, gamma, beta).y; });
}

void layer_norm_rows(const Runner& runner) {
  const auto x = xtape::rand({128, 512});
  const auto gamma = xtape::ones({512}), beta = xtape::zeros({512});
  op_rows(runner, "layer_norm.128x512", {x, gamma, beta}, [&] { return xtape::layer_norm(x, gamma, beta); });
}

// Over sequences of 28 rows of 28 pixels.
void recurrent_rows(const Runner& runner) {
  const auto x = xtape::rand({128, 28, 28});
  const auto kernel = xtape::rand({28, 512}), recurrent_kernel = xtape::rand({128, 512}), bias = xtape::rand({512});
  op_rows(runner, "lstm.128x28x28.128", {x, kernel, recurrent_kernel, bias},
          [&] { return xtape::lstm(x, kernel, recurrent_kernel, bias).outputs; });

  const auto gru_kernel = xtape::rand({28, 384}), gru_recurrent_kernel = xtape::rand({128, 384});
  const auto gru_bias = xtape::rand({2, 384});
  op_rows(runner, "gru.128x28x28.128", {x, gru_kernel, gru_recurrent_kernel, gru_bias},
          [&] { return xtape::gru(x, gru_kernel, gru_recurrent_kernel, gru_bias).outputs; });
  // Sequences of 1 to 28 steps, of which the mask leaves out the rest.
  const auto mask = xtape::arange(28) < xtape::randint(1, 29, {128, 1});
  op_rows(runner, "gru_masked.128x28x28.128", {x, gru_kernel, gru_recurrent_kernel, gru_bias},
          [&] { return xtape::gru(x, gru_kernel, gru_recurrent_kernel, gru_bias, {}, {.mask = mask}).outputs; });

  const auto simple_kernel = xtape::rand({28, 128}), simple_recurrent_kernel = xtape::rand({128, 128});
  const auto simple_bias = xtape::rand({128});
  op_rows(runner, "simple_rnn.128x28x28.128", {x, simple_kernel, simple_recurrent_kernel, simple_bias},
          [&] { return xtape::simple_rnn(x, simple_kernel, simple_recurrent_kernel, simple_bias).outputs; });

  const xtape::layers::Bidirectional bidirectional(xtape::layers::LSTM(128, {.return_sequences = true}));
  bidirectional(x);
  Tensors inputs = bidirectional.trainable_variables();
  inputs.push_back(x);
  op_rows(runner, "bidirectional_lstm.128x28x28.128", inputs, [&] { return bidirectional(x); });
}

void cross_entropy_rows(const Runner& runner, int rows, int classes) {
  const auto logits = xtape::rand({rows, classes});
  const auto labels = xtape::randint(0, classes, {rows});
  op_rows(runner, "cross_entropy." + std::to_string(rows) + "x" + std::to_string(classes), {logits},
          [&] { return xtape::sparse_categorical_crossentropy_from_logits(labels, logits).mean(); });
}

}  // namespace

void networks(const Runner& runner) {
  batch_norm_rows(runner);
  layer_norm_rows(runner);
  recurrent_rows(runner);

  const auto table = xtape::rand({10000, 128});
  const auto ids = xtape::randint(0, 10000, {128, 64});
  op_rows(runner, "embedding.10000x128.128x64", {table}, [&] { return xtape::take(table, ids); });

  const auto x = xtape::rand({1 << 20});
  op_rows(runner, "dropout.1048576", {x}, [&] { return xtape::dropout(x, 0.5); });

  cross_entropy_rows(runner, 128, 10);
  cross_entropy_rows(runner, 1024, 1000);
}

}  // namespace bench
