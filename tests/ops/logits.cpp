#include <cmath>
#include <xtape/memory.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

// The logits behind a softmax or sigmoid, from which cross-entropies start.

namespace {

constexpr double lowest = 1e-7;  // where probabilities are clipped

// -log(1 - p) where p is clipped.
const double clipped = -std::log(lowest);

double binary(const Tensor& target, const Tensor& p) { return binary_crossentropy(target, p).sum().item(); }
double categorical(const Tensor& target, const Tensor& p) { return categorical_crossentropy(target, p).sum().item(); }

}  // namespace

TEST_CASE("a cross-entropy has one value, whether or not operations are recorded") {
  const Tensor z = tensor({50.0}, float64), t = tensor({0.0}, float64);
  const Tensor x = tensor({{0.0, 50.0}}, float64), y = tensor({{1.0, 0.0}}, float64), label = tensor({0});
  const auto values = [&](const Tensor& one, const Tensor& row) {
    return std::vector<double>{binary(t, sigmoid(one)), categorical(y, softmax(row)),
                               sparse_categorical_crossentropy(label, softmax(row)).item()};
  };
  const std::vector<double> expected{50, 50, 50};
  CHECK(values(z, x) == expected);
  const Tensor leaf_z = z.clone().set_requires_grad(), leaf_x = x.clone().set_requires_grad();
  CHECK(values(leaf_z, leaf_x) == expected);
  const NoGrad no_grad;
  CHECK(values(leaf_z, leaf_x) == expected);
}

TEST_CASE("logits count only while they and the probabilities are what they were") {
  const Tensor t = tensor({0.0}, float64);
  const auto of_changed = [&](bool recorded, bool change_logits) {
    const Tensor z = tensor({50.0}, float64).set_requires_grad(recorded);
    const Tensor p = sigmoid(z);
    const NoGrad no_grad;
    if (change_logits) {
      z.fill(0);
    } else {
      p.fill(0.5);
    }
    return binary(t, p);
  };
  for (const bool recorded : {false, true}) {
    CHECK(of_changed(recorded, true) == Approx(clipped).epsilon(1e-6));
    CHECK(of_changed(recorded, false) == Approx(std::log(2)));
  }
}

TEST_CASE("no operation passes logits on") {
  const Tensor t = tensor({0.0}, float64), z = tensor({50.0}, float64).set_requires_grad();
  const Tensor p = sigmoid(z);
  for (const Tensor& other : {p.clone(), p.detach(), p.reshape({1}), p * 1, p.slice(0, {0, 1})}) {
    CHECK(binary(t, other) == Approx(clipped).epsilon(1e-6));
  }
  CHECK(binary(t, p) == 50);
}

TEST_CASE("a softmax along another axis has no logits") {
  const Tensor x = tensor({{0.0, 0.0}, {60.0, 0.0}}, float64), y = tensor({{1.0, 0.0}, {0.0, 1.0}}, float64);
  // Columns sum to 1, and rows are scaled to.
  const Tensor p = softmax(x, 0);
  CHECK(categorical(y, p) == Approx(categorical(y, p.detach())));
}

TEST_CASE("the gradient of a loss takes the way of the probabilities") {
  const Tensor t = tensor({0.25}, float64), z = tensor({1.0}, float64).set_requires_grad();
  // Not recorded: nothing behind it gets a gradient.
  Tensor p;
  {
    const NoGrad no_grad;
    p = sigmoid(z);
  }
  CHECK_FALSE(binary_crossentropy(t, p).requires_grad());
  // A leaf: the loss is a function of it.
  p.set_requires_grad();
  const double value = p.detach().item();
  CHECK(grad(binary_crossentropy(t, p).sum(), p).item() == Approx((value - 0.25) / (value * (1 - value))));
  // Logits that require a gradient only later.
  const Tensor later = tensor({1.0}, float64);
  const Tensor q = sigmoid(later);
  later.set_requires_grad();
  CHECK_FALSE(binary_crossentropy(t, q).requires_grad());
  CHECK(grad(binary_crossentropy(t, sigmoid(z)).sum(), z).item() == Approx(value - 0.25));
}

TEST_CASE("logits live as long as the handle of the result, not as long as the tape") {
  const Shape shape{368, 89};  // a block without loss
  const int64_t bytes = shape.numel() * static_cast<int64_t>(sizeof(float));
  const Tensor x = rand(shape).set_requires_grad();
  const auto growth = [&](auto function) {
    const int64_t before = memory_statistics().allocated_bytes;
    const auto kept = function();
    return static_cast<double>(memory_statistics().allocated_bytes - before) / static_cast<double>(bytes);
  };
  for (Tensor (*activation)(const Tensor&) : {static_cast<Tensor (*)(const Tensor&)>(sigmoid),
                                              static_cast<Tensor (*)(const Tensor&)>([](const Tensor& v) {
                                                return softmax(v);
                                              })}) {
    // The vjps keep the results of ten activations; only the last one has logits.
    CHECK(growth([&] {
            Tensor y = x;
            for (int i = 0; i < 10; ++i) y = activation(y * 2.0);
            return y;
          }) < 11.5);
    // Without recording nothing of the chain stays but the last result and its logits.
    CHECK(growth([&] {
            const NoGrad no_grad;
            Tensor y = x;
            for (int i = 0; i < 10; ++i) y = activation(y);
            return y;
          }) < 2.5);
    // Saved for the next operation, a result is saved without them.
    CHECK(growth([&] { return activation(x * 2.0) * x; }) < 2.5);
    CHECK(growth([&] { return activation(x * 2.0).detach(); }) < 1.5);
  }
}

TEST_CASE("what predict returns is probabilities, whatever the batch size") {
  Sequential model{layers::Dense(1, {.activation = "sigmoid", .kernel_initializer = "ones", .input_shape = {1}})};
  const Tensor x = full({4, 1}, 100), y = zeros({4, 1});
  const double whole = losses::BinaryCrossentropy()(y, model.predict(x, {.verbose = 0})).item();
  const double parts = losses::BinaryCrossentropy()(y, model.predict(x, {.batch_size = 2, .verbose = 0})).item();
  CHECK(whole == parts);
}

TEST_CASE("fit, validation and evaluate have one loss for one model and data") {
  for (const char* activation : {"sigmoid", "softmax"}) {
    const bool binary_loss = std::string(activation) == "sigmoid";
    const int64_t units = binary_loss ? 1 : 2;
    Sequential model{layers::Dense(units, {.activation = activation, .input_shape = {1}})};
    model.set_weights({binary_loss ? full({1, 1}, 100) : tensor({{100.0, 0.0}}), zeros({units})});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}),
                   .loss = binary_loss ? "binary_crossentropy" : "sparse_categorical_crossentropy"});
    const Tensor x = ones({4, 1}), y = binary_loss ? zeros({4, 1}) : ones({4, 1}).astype(int64);
    const auto history = model.fit(x, y, {.verbose = 0, .validation_data = {x, y}});
    CHECK(history["loss"][0] == Approx(100));
    CHECK(history["val_loss"][0] == Approx(100));
    CHECK(model.evaluate(x, y, {.verbose = 0})["loss"] == Approx(100));
  }
}

namespace {

const Tensor targets = tensor({{0.0, 1.0, 0.0}, {1.0, 0.0, 0.0}}, float64);
const Tensor some_logits = tensor({{0.1, 0.2, 0.3}, {1.0, -1.0, 0.5}}, float64);

Tensor loss_of(const Tensor& p) { return categorical_crossentropy(targets, p).mean(); }

}  // namespace

TEST_CASE("a loss looks behind no probabilities whose gradient somebody watches") {
  const auto gradient_of = [](bool times_one, auto watch) {
    const Tensor z = some_logits.clone().set_requires_grad(), p = softmax(z);
    watch(p);
    return grad(loss_of(times_one ? p * 1 : p), z);
  };
  int calls = 0;
  const auto halve = [&](const Tensor& p) {
    p.register_hook([&](const Tensor& gradient) {
      ++calls;
      return gradient / 2;
    });
  };
  const Tensor halved = gradient_of(false, halve);
  CHECK(calls == 1);
  CHECK(allclose(halved, gradient_of(true, halve)));
  CHECK_FALSE(allclose(halved, gradient_of(false, [](const Tensor&) {})));

  const Tensor z = some_logits.clone().set_requires_grad(), p = softmax(z);
  p.retain_grad();
  loss_of(p).backward();
  CHECK(p.grad().defined());
  CHECK(allclose(p.grad(), grad(loss_of(p), p)));
}

TEST_CASE("a leaf of probabilities has its gradient under a mask too") {
  const Tensor p = softmax(some_logits).set_requires_grad();
  const Tensor expected = grad(loss_of(p), p);
  CHECK(allclose(grad(loss_of(with_mask(p, tensor({true, true}))), p), expected));
  CHECK(allclose(grad(loss_of(with_mask(p, {})), p), expected));
}

TEST_CASE("probabilities of logits that are frozen since have the gradient of their own way") {
  const auto gradient_of = [](bool times_one) {
    const Tensor z = some_logits.clone().set_requires_grad(), p = softmax(z);
    z.set_requires_grad(false);
    loss_of(times_one ? p * 1 : p).backward();
    return z.grad().clone();
  };
  CHECK(allclose(gradient_of(false), gradient_of(true)));
}

TEST_CASE("logits in transforms count while what they were lifted from is what it was") {
  const Tensor t = tensor({0.2, 0.5, 0.3}, float64), z = tensor({0.3, -0.7, 1.1}, float64),
               direction = tensor({1.0, 2.0, -0.5}, float64);
  const auto loss_of_sigmoid = [&](bool times_one, bool records, const Tensor& x, const std::function<void()>& between) {
    const auto probabilities = [&] {
      if (records) return sigmoid(x);
      const NoGrad no_grad;
      return sigmoid(x);
    };
    const Tensor p = probabilities();
    between();
    return sum(binary_crossentropy(t, times_one ? p * 1 : p));
  };
  const auto check_same = [&](const auto& f) { CHECK(allclose(f(false), f(true), 1e-6)); };
  for (const bool mapped : {false, true}) {
    const auto run = [&](const std::function<Tensor(const Tensor&)>& f, const Tensor& at) {
      return mapped ? sum(vmap(f)(at.expand_dims(0))) : jvp(f, at, direction).second;
    };
    const auto gradient = [&](bool times_one, bool records, bool before) {
      const Tensor leaf = z.clone().set_requires_grad(before);
      const Tensor value = run(
          [&](const Tensor& x) {
            return loss_of_sigmoid(times_one, records, x, [&] { leaf.set_requires_grad(!before); });
          },
          leaf);
      leaf.set_requires_grad();
      return grad({value + 0.0 * sum(leaf)}, {leaf})[0];
    };
    // Without a transform in between, the gradient takes the way that was there when the probabilities were made.
    check_same([&](bool times_one) { return gradient(times_one, false, false); });
    if (!mapped) check_same([&](bool times_one) { return gradient(times_one, true, true); });
  }
  check_same([&](bool times_one) {
    const Tensor changed = direction.clone();
    const auto loss = [&](const Tensor& x) {
      return loss_of_sigmoid(times_one, true, x, [&] { changed *= 3.0; });
    };
    return jvp(loss, z, changed).second;
  });
}

TEST_CASE("probabilities that are not recorded withhold outer gradients in transforms") {
  const auto row_loss = [](const Tensor& row) {
    Tensor p;
    {
      const NoGrad no_grad;
      p = softmax(row);
    }
    return categorical_crossentropy(targets[0], p);
  };
  const Tensor z = some_logits.clone().set_requires_grad();
  (vmap(std::function<Tensor(const Tensor&)>(row_loss))(z).sum() + 0.0 * z.sum()).backward();
  CHECK(allclose(z.grad(), zeros_like(z)));

  const Tensor outer = some_logits[0].clone().set_requires_grad();
  (jvp(row_loss, outer, outer.detach()).second + 0.0 * outer.sum()).backward();
  CHECK(allclose(outer.grad(), zeros_like(outer)));

  // A tangent is the transform's own.
  const Tensor row = some_logits[0], direction = tensor({1.0, 2.0, 3.0}, float64);
  const auto tangent_of = [&](const std::function<Tensor(const Tensor&)>& function) {
    return jvp(function, row, direction).second;
  };
  const auto plain = [](const Tensor& x) {
    const NoGrad no_grad;
    return categorical_crossentropy(targets[0], softmax(x) * 1);
  };
  const Tensor tangent = tangent_of(row_loss), expected = tangent_of(plain);
  CHECK(tangent.defined() == expected.defined());
  if (tangent.defined()) CHECK(allclose(tangent, expected));
}

TEST_CASE("a checkpoint takes probabilities as a function of their own") {
  for (const bool binary_loss : {false, true}) {
    const auto loss = [&](const Tensor& p) {
      return binary_loss ? binary_crossentropy(targets, p).mean() : loss_of(p);
    };
    const auto probabilities = [&](const Tensor& z) { return binary_loss ? sigmoid(z) : softmax(z); };
    const Tensor z = some_logits.clone().set_requires_grad();
    const Tensor kept = checkpoint(loss, probabilities(z));
    kept.backward();
    CHECK(allclose(z.grad(), grad(loss(probabilities(z) * 1), z)));
    const NoGrad no_grad;
    CHECK(checkpoint(loss, probabilities(z)).item() == kept.item());
  }
}

TEST_CASE("a program reads the probabilities that it closed over, not their logits") {
  const Tensor z = some_logits.clone(), p = softmax(z);
  using List = std::vector<Tensor>;
  const Program program =
      capture([&](const List& y) { return List{categorical_crossentropy(y[0], p).mean()}; }, {targets});
  const auto replayed = [&] { return program({targets})[0].item(); };
  CHECK(replayed() == Approx(loss_of(p).item()));
  // Elsewhere: the probabilities stay.
  z *= 5.0;
  CHECK(replayed() == Approx(loss_of(p).item()));
  p.assign(softmax(-some_logits).detach());
  CHECK(replayed() == Approx(loss_of(p.detach()).item()));
  // What the function itself makes has logits there too.
  const Program whole = capture([](const List& x) { return List{loss_of(softmax(x[0]))}; }, {z});
  const Tensor far = tensor({{50.0, 0.0, 0.0}, {50.0, 0.0, 0.0}}, float64);
  CHECK(whole({far})[0].item() == 25);
}
