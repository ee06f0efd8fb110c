#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// What a call inherits from the calls around it, and what it asks of the layers in it.

using namespace xtape;
using layers::Dense;
using layers::Layer;
using layers::LayerImpl;

namespace {

// 1 in training, else 0.
struct FlagImpl : LayerImpl {
  Tensor call(const Tensor& x) { return full_like(x, training() ? 1 : 0); }
};
using Flag = Handle<FlagImpl>;

double value(const Tensor& x) { return x.flatten()[0].item(); }

const Tensor one_sample = ones({1, 2});

}  // namespace

TEST_CASE("training comes from the call around, or from the call itself") {
  struct OuterImpl : LayerImpl {
    Flag flag;
    std::optional<bool> inside;
    Tensor call(const Tensor& x) { return inside ? flag(x, {.training = inside}) : flag(x); }
  };
  const Flag flag;
  CHECK(value(flag(one_sample)) == 0);
  CHECK(value(flag(one_sample, {.training = true})) == 1);
  const Handle<OuterImpl> outer;
  const Sequential model{Sequential({outer})};
  CHECK(value(model(one_sample)) == 0);
  CHECK(value(model(one_sample, {.training = true})) == 1);
  outer->inside = false;
  CHECK(value(model(one_sample, {.training = true})) == 0);
  outer->inside = true;
  CHECK(value(model(one_sample)) == 1);
  // It ends with the call.
  CHECK(value(flag(one_sample)) == 0);
}

TEST_CASE("training ends with a call that throws") {
  struct ThrowsImpl : LayerImpl {
    Tensor call(const Tensor&) { throw ValueError("no"); }
  };
  CHECK_THROWS_AS(Handle<ThrowsImpl>()(one_sample, {.training = true}), ValueError);
  CHECK(value(Flag()(one_sample)) == 0);
}

TEST_CASE("a model of one's own need not pass training on") {
  // As written in Keras: call(self, x): return self.out(self.drop(self.bn(self.h(x)))).
  struct PlainImpl : ModelImpl {
    layers::BatchNormalization bn{{.momentum = 0}};
    layers::Dropout drop{0.9};
    Dense out{1};
    Tensor call(const Tensor& x) { return out(drop(bn(x))); }
  };
  set_random_seed(1);
  const Tensor x = randn({64, 4}) * 5 + 3;
  const Handle<PlainImpl> model;
  model.compile({.loss = "mse"});
  model.fit(x, x.sum(1, true), {.batch_size = 64, .verbose = 0});
  // With a momentum of 0 they are those of the one batch.
  CHECK(allclose(model->bn.get_weights()[2], mean(x, 0), 1e-4, 1e-4));
  CHECK_FALSE(array_equal(model(x, {.training = true}), model(x, {.training = true})));
  CHECK(allclose(model(x), model.predict(x, {.batch_size = 64, .verbose = 0}), 1e-5, 1e-6));
}

TEST_CASE("a checkpoint's second run is told what its first was") {
  struct CutImpl : LayerImpl {
    Dense dense{3};
    layers::Dropout drop{0.5};
    bool cut = true;
    Tensor call(const Tensor& x) {
      const auto inside = [this](const Tensor& in) { return drop(dense(in)); };
      return cut ? checkpoint(inside, x) : inside(x);
    }
  };
  const Handle<CutImpl> layer;
  const Tensor x = randn({8, 4});
  layer(x);
  std::vector<Tensor> gradients[2];
  for (const bool cut : {false, true}) {
    layer->cut = cut;
    set_random_seed(7);
    gradients[cut] = grad({layer(x, {.training = true}).sum()}, layer.trainable_variables());
  }
  for (std::size_t i = 0; i < 2; ++i) CHECK(array_equal(gradients[0][i], gradients[1][i]));
}

TEST_CASE("a layer with weights that is used and no part is an error, before anything is drawn") {
  struct ForgetsImpl : LayerImpl {
    Dense* stranger = nullptr;
    Tensor call(const Tensor& x) { return (*stranger)(x); }
  };
  Dense stranger(3, {.name = "hidden"});
  const Handle<ForgetsImpl> block;
  block->stranger = &stranger;
  const std::string text =
      block.name() + "/hidden: is used here but is no part of " + block.name() +
      ": its weights would not be trained or saved; make it a member, or track(\"hidden\", ...) it in the constructor";
  const RandomState before = get_random_state();
  CHECK_THROWS_MATCHES(block(one_sample), ValueError, Message(text));
  CHECK_FALSE(stranger.built());
  CHECK(get_random_state().offset == before.offset);
  stranger(one_sample);
  CHECK_THROWS_MATCHES(block(one_sample), ValueError, Message(text));
}

TEST_CASE("a composite that is made on the fly is an error where its weights are made, or are") {
  struct InnerImpl : LayerImpl {
    Dense dense{2, {.name = "d"}};
    Tensor call(const Tensor& x) { return dense(x); }
  };
  struct FlyImpl : LayerImpl {
    Tensor call(const Tensor& x) { return Sequential({Handle<InnerImpl>()}, {.name = "fly"})(x); }
  };
  CHECK_THROWS_WITH(Handle<FlyImpl>()(one_sample), Contains("is used here but is no part of fly"));
}

TEST_CASE("layers without weights may be made on the fly") {
  struct FlattensImpl : LayerImpl {
    Dense dense{2};
    Tensor call(const Tensor& x) {
      const Tensor flat = layers::Flatten()(x);
      return dense(Sequential({layers::ReLU(), layers::Dropout(0.5)})(flat));
    }
  };
  CHECK(Handle<FlattensImpl>()(ones({3, 2, 2})).shape() == Shape{3, 2});
}

TEST_CASE("a layer that was replaced, or taken out, is no part any more") {
  struct HolderImpl : LayerImpl {
    Dense hidden{2};
    Sequential stack{Dense(2, {.name = "a"}), Dense(2, {.name = "b"})};
    Layer last = stack.layers()[1];
    Tensor call(const Tensor& x) { return last(hidden(x)); }
  };
  const Handle<HolderImpl> holder;
  holder(one_sample);
  holder(one_sample);
  holder->stack.pop();
  CHECK_THROWS_WITH(holder(one_sample), Contains("b: is used here but is no part of"));
  holder->last = holder->stack.layers()[0];
  holder(one_sample);
  holder->hidden = Dense(2);
  CHECK_THROWS_WITH(holder(one_sample), Contains("is used here but is no part of"));
}

TEST_CASE("a part may be called from a part, in a loop, and by two layers in turn") {
  struct UserImpl : LayerImpl {
    Dense shared;
    explicit UserImpl(const Dense& given) : shared(given) {}
    Tensor call(const Tensor& x) { return shared(x); }
  };
  const Dense shared(2);
  const Handle<UserImpl> a(shared), b(shared);
  const Tensor expected = shared(one_sample);
  for (int i = 0; i < 3; ++i) {
    CHECK(array_equal(a(one_sample), expected));
    CHECK(array_equal(b(one_sample), expected));
  }
}

TEST_CASE("threads may make the first predict of a model at the same time") {
  for (int repetition = 0; repetition < 20; ++repetition) {
    Sequential m;
    m.add(Dense(16, {.activation = "relu"}));
    m.add(layers::BatchNormalization());
    m.add(Dense(8));
    const Tensor x = rand({8, 4});
    constexpr int callers = 4;
    std::atomic<int> ready{0};
    std::vector<Tensor> results(callers);
    std::vector<std::string> errors(callers);
    std::vector<std::thread> team;
    for (std::size_t t = 0; t < callers; ++t) {
      team.emplace_back([&, t] {
        ++ready;
        while (ready < callers) std::this_thread::yield();
        try {
          results[t] = m.predict(x, {.verbose = 0});
        } catch (const Error& error) {
          errors[t] = error.what();
        }
      });
    }
    for (std::thread& thread : team) thread.join();
    const Tensor expected = m.predict(x, {.verbose = 0});
    for (std::size_t t = 0; t < callers; ++t) {
      CHECK(errors[t] == "");
      REQUIRE(results[t].defined());
      CHECK(allclose(results[t], expected, 1e-5, 1e-6));
    }
    CHECK(m.weights().size() == 8);
  }
}

TEST_CASE("a layer that was built before it is added has to fit") {
  const Dense d(3, {.name = "d"});
  d(ones({1, 7}));
  Sequential m{layers::InputLayer({4})};
  CHECK_THROWS_MATCHES(m.add(d), ShapeError,
                       Message(m.name() + "/d: built for inputs whose last length is 7 [-1, 7], given [-1, 4]"));
  CHECK(m.layers().empty());
  Sequential fits{layers::InputLayer({7}), d};
  CHECK(fits.count_params() == 24);
}
