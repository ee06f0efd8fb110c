#include "autograd/vmap.hpp"

namespace xtape::test {

TEST_CASE("gradients within vmap are gradients of each example") {
  const Tensor x = numbers({3, 4});
  const Function f = [](const Tensor& v) { return sum(sin(v) * v); };
  const Tensor expected = cos(x) * x + sin(x);
  check_equal(vmap([&](const Tensor& v) { return gradient(f, v); })(x), expected);
  // A gradient that is the same for all examples.
  check_equal(vmap([&](const Tensor& v) { return gradient([](const Tensor& u) { return sum(3 * u); }, v); })(x),
              3 * ones_like(x));
  // A list in braces is a list, not the first element.
  const Tensors listed = vmap([&](const Tensors& v) -> Tensors {
    const Tensor variable = v[0].detach().set_requires_grad();
    return grad({f(variable)}, {variable});
  })({x});
  check_equal(listed[0], expected);
}

TEST_CASE("gradients flow through the results of vmap") {
  const Tensor x = numbers({3, 4}).set_requires_grad(), w = numbers({4, 2}, 2).set_requires_grad();
  const auto f = [&](const Tensor& v) { return tanh(matmul(v, w)); };
  const Tensor upstream = numbers({3, 2}, 3);
  vmap(f)(x).backward(upstream);
  const Tensor y = tanh(matmul(x.detach(), w.detach())), inner = upstream * (1 - y * y);
  check_equal(x.grad(), matmul(inner, w.detach().transpose()));
  check_equal(w.grad(), matmul(x.detach().transpose(), inner));
}

TEST_CASE("gradients of what closes over a tensor are one for each example") {
  const Tensor x = numbers({3, 4}), w = numbers({4}, 2).set_requires_grad();
  const Tensor per_example = vmap([&](const Tensor& v) { return grad(sum(exp(v * w)), w); })(x);
  check_equal(per_example, (x * exp(x * w)).detach());
  CHECK_FALSE(w.grad().defined());
}

TEST_CASE("gradients within vmap are differentiable outside") {
  const Tensor x = numbers({3, 4}).set_requires_grad();
  const Tensor slopes = vmap([](const Tensor& v) {
    const Tensor variable = (v * 1).set_requires_grad();
    return grad(sum(variable * variable * variable), variable, {.create_graph = true});
  })(x);
  check_equal(grad(sum(slopes), x), 6 * x.detach());
}

TEST_CASE("vmap and jvp nest in any order") {
  const Tensor x = numbers({3, 4}), t = numbers({3, 4}, 2);
  const Function f = [](const Tensor& v) { return sin(v) * sum(v * v); };
  Tensors expected;
  for (int64_t i = 0; i < 3; ++i) expected.push_back(forward(f, x[i], t[i]));
  const Tensors inside = vmap([&](const Tensors& v) -> Tensors { return {forward(f, v[0], v[1])}; })({x, t});
  check_equal(inside[0], stack(expected));
  check_equal(forward([&](const Tensor& v) { return vmap(f)(v); }, x, t), stack(expected));
  // Tangents alone are mapped, and values alone.
  const Tensors along = vmap([&](const Tensors& v) -> Tensors { return {forward(f, v[0], v[1])}; },
                             {.in_axes = {unmapped, 0}})({x[0], t});
  for (int64_t i = 0; i < 3; ++i) check_equal(along[0][i], forward(f, x[0], t[i]));
  const Tensors at = vmap([&](const Tensors& v) -> Tensors { return {forward(f, v[0], v[1])}; },
                          {.in_axes = {0, unmapped}})({x, t[0]});
  for (int64_t i = 0; i < 3; ++i) check_equal(at[0][i], forward(f, x[i], t[0]));
}

TEST_CASE("vmap, jvp and grad nest three deep") {
  const Tensor x = numbers({3, 4}), t = numbers({4}, 2);
  const Function f = [](const Tensor& v) { return sum(tanh(v) * v * v); };
  const auto slope = [&](const Tensor& v) { return gradient(f, v); };
  Tensors expected;
  for (int64_t i = 0; i < 3; ++i) expected.push_back(forward(slope, x[i], t));
  const Tensor products = stack(expected);
  // Forward over reverse within vmap; vmap of gradients within jvp.
  check_equal(vmap([&](const Tensor& v) { return forward(slope, v, t); })(x), products);
  check_equal(forward([&](const Tensor& v) { return vmap(slope)(v); }, x, broadcast_to(t, {3, 4})), products);
  // Reverse over forward within vmap.
  check_equal(vmap([&](const Tensor& v) {
                const Tensor variable = v.detach().set_requires_grad();
                return grad(forward(f, variable, t), variable);
              })(x),
              products);
  // Reverse over vmap over forward.
  const Tensor variable = x.detach().set_requires_grad();
  check_equal(grad(sum(vmap([&](const Tensor& v) { return forward(f, v, t); })(variable)), variable), products);
}

TEST_CASE("what saves its result keeps the lifts of it") {
  // tanh saves its result: third derivatives go through it at every height.
  const Tensor x = numbers({3});
  const auto slope = [](const Function& f) { return [f](const Tensor& v) { return gradient(f, v); }; };
  const Function f = [](const Tensor& v) { return tanh(v); };
  const Tensor y = tanh(x), third = -2 * (1 - y * y) * (1 - 3 * y * y);
  check_equal(forward(slope(slope(f)), x, ones_like(x)), third);
  check_equal(vmap([&](const Tensor& v) { return forward(slope(slope(f)), v, ones_like(v)); })(x), third);
}

TEST_CASE("backward within a transform names grad") {
  const Tensor w = numbers({4}).set_requires_grad();
  const std::string reason = "is within vmap or jvp, whose tensors end with it";
  CHECK_THROWS_WITH(vmap([&](const Tensor& v) {
                      const Tensor loss = sum(v * w);
                      loss.backward();
                      return loss;
                    })(numbers({3, 4})),
                    Contains(reason) && Contains("use grad(loss, {variables...})"));
  CHECK_THROWS_WITH(forward(
                        [&](const Tensor& v) {
                          const Tensor loss = sum(v * w);
                          backward({loss});
                          return loss;
                        },
                        numbers({4}), ones({4}, float64)),
                    Contains(reason));
  CHECK_FALSE(w.grad().defined());
  // What is not lifted may run backward.
  vmap([&](const Tensor& v) {
    sum(w * w).backward();
    return v;
  })(numbers({3, 4}));
  check_equal(w.grad(), 2 * w.detach());
}

TEST_CASE("levels of forward mode that begin outside, and dual tensors that have ended, are nothing to vmap") {
  const Tensor x = numbers({3, 4}), t = numbers({3, 4}, 2);
  const DualLevel level;
  const auto [value, tangent] = level.unpack_dual(vmap([](const Tensor& v) { return v * v; })(level.make_dual(x, t)));
  check_equal(value, x * x);
  check_equal(tangent, 2 * x * t);
  check_equal(vmap([](const Tensor& v) {
                Tensor kept;
                {
                  const DualLevel inner;
                  kept = inner.make_dual(v, v);
                }
                return kept;
              })(x),
              x);
}

TEST_CASE("detach under vmap keeps the mapped axis") {
  const Tensor x = numbers({3, 4}).set_requires_grad();
  const Tensor y = vmap([](const Tensor& v) { return v * v.detach(); })(x);
  check_equal(y.detach(), (x * x).detach());
  check_equal(grad(sum(y), x), x.detach());
}

TEST_CASE("NoGrad outside of vmap records nothing outside, EnableGrad inside all the same") {
  const Tensor w = numbers({4}).set_requires_grad(), x = numbers({3, 4}, 2);
  const NoGrad no_grad;
  const Tensor gradients = vmap([&](const Tensor& v) {
    const EnableGrad recording;
    return grad(sum(v * w * w), w);
  })(x);
  check_equal(gradients, 2 * x * w);
  CHECK_FALSE(gradients.requires_grad());
}

TEST_CASE("NoGrad inside of a transform goes for gradients outside too") {
  const Function f = [](const Tensor& v) {
    Tensor constant;
    {
      const NoGrad no_grad;
      constant = v * v;
    }
    return constant * v;
  };
  const Tensor x = tensor({2.0, 3.0}, float64).set_requires_grad();
  check_equal(grad(sum(vmap(f)(x)), x), tensor({4.0, 9.0}, float64));
  const auto value = [&](const Tensor& v) { return jvp(f, v, ones_like(v)).first; };
  check_equal(grad(sum(value(x)), x), tensor({4.0, 9.0}, float64));
  CHECK_FALSE(vmap([](const Tensor& v) {
                const InferenceMode inference;
                return v * v;
              })(x).requires_grad());
}

TEST_CASE("a gradient of a transform is not put where it would outlive it") {
  const Tensor w = tensor({1.0}).set_requires_grad();
  CHECK_THROWS_WITH(vmap([&](const Tensor& v) {
                      w.set_grad(v * 1);
                      return v;
                    })(ones({2, 1})),
                    Contains("set_grad: a gradient of shape [1] that belongs to a transform"));
  CHECK_FALSE(w.grad().defined());
}

TEST_CASE("forward mode around recurrent layers under vmap, recorded or not") {
  const Tensor x = numbers({2, 3, 4, 2}), kernel = numbers({2, 12}, 2), recurrent = numbers({3, 12}, 3),
               bias = numbers({12}, 4);
  const Function f = [&](const Tensor& v) { return lstm(v, kernel, recurrent, bias).hidden; };
  const Tensor t = numbers({2, 3, 4, 2}, 5);
  const Tensor expected = loop([&](const Tensor& v) { return forward(f, v, v); }, x);
  check_equal(forward(Function([&](const Tensor& v) { return vmap(f)(v); }), x, x), expected);
  const Function slope = [&](const Tensor& v) { return gradient(f, v); };
  Tensors each;
  for (int64_t i = 0; i < 2; ++i) each.push_back(forward(slope, x[i], t[i]));
  check_equal(forward(Function([&](const Tensor& v) { return vmap(slope)(v); }), x, t), stack(each));
}

}  // namespace xtape::test
