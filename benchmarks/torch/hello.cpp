// A program that trains, as small as it gets: compare.sh times its compilation and its run from start to end.

#include <torch/torch.h>

#include <cstdio>

int main() {
  const auto x = torch::tensor({{0.f, 0.f}, {0.f, 1.f}, {1.f, 0.f}, {1.f, 1.f}});
  const auto y = torch::tensor({{0.f}, {1.f}, {1.f}, {0.f}});
  torch::nn::Sequential model(torch::nn::Linear(2, 8), torch::nn::Tanh(), torch::nn::Linear(8, 1));
  torch::optim::Adam optimizer(model->parameters(), 0.01);
  float first = 0, last = 0;
  for (int epoch = 0; epoch < 10; ++epoch) {
    optimizer.zero_grad();
    const auto loss = torch::mse_loss(model->forward(x), y);
    loss.backward();
    optimizer.step();
    last = loss.item<float>();
    if (epoch == 0) first = last;
  }
  std::printf("loss %.4f -> %.4f\n", first, last);
}
