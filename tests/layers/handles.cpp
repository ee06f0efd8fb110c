#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/utils/clear_session.hpp>

#include "catch.hpp"

// Handles: copies are the same layer, and the layers that come into being in a layer are its parts.

using namespace xtape;
using layers::Dense;
using layers::Handle;
using layers::Layer;
using layers::LayerImpl;

namespace {

std::vector<std::string> names(const Layer& layer) {
  std::vector<std::string> result;
  for (const Layer& part : layer.layers()) result.push_back(part.name());
  return result;
}

using Names = std::vector<std::string>;

Dense dense(const char* name) { return Dense(2, {.name = name}); }

}  // namespace

TEST_CASE("a copy of a handle is the same layer") {
  Dense d(3);
  const Dense copy = d;
  Layer base = d;  // nothing is sliced: a handle is one pointer
  std::vector<Layer> list{Dense(4), d};
  const Tensor y = d(ones({2, 5}));
  CHECK(array_equal(copy(ones({2, 5})), y));
  CHECK(array_equal(base(ones({2, 5})), y));
  CHECK(array_equal(list[1](ones({2, 5})), y));
  CHECK(copy == d);
  CHECK(base == d);
  CHECK_FALSE(list[0] == d);
  CHECK(sizeof(Dense) == sizeof(void*));
  base = list[0];
  CHECK(base == list[0]);
  CHECK(copy.built());
}

TEST_CASE("what was moved from is still the layer") {
  Dense d(3);
  Sequential m;
  m.add(std::move(d));
  CHECK(d(ones({1, 4})).shape() == Shape{1, 3});
  CHECK(m.layers()[0] == d);
  m(ones({2, 4}));
  CHECK(m.count_params() == d.count_params());
  Dense other = std::move(d);
  CHECK(array_equal(other.get_weights().at(0), d.get_weights().at(0)));
}

TEST_CASE("layers live as long as their last handle") {
  const Layer inner = [] {
    const Sequential model{Dense(2), Dense(3)};
    return model.layers()[1];
  }();
  CHECK(inner(ones({1, 4})).shape() == Shape{1, 3});
}

TEST_CASE("members are parts in the order in which they were made") {
  struct BlockImpl : LayerImpl {
    Dense a = dense("a"), b = dense("b");
    Dense c;
    BlockImpl() : c(dense("c")) {}
    Tensor call(const Tensor& x) { return c(b(a(x))); }
  };
  const Handle<BlockImpl> block;
  CHECK(names(block) == Names{"a", "b", "c"});
  block(ones({1, 2}));
  CHECK(block.weights().size() == 6);
  CHECK(block->a.built());
}

TEST_CASE("parts that were made before come in the order of the members that keep them") {
  struct PairImpl : LayerImpl {
    Dense first, second;
    PairImpl(const Dense& first, const Dense& second) : first(first), second(second) {}
    Tensor call(const Tensor& x) { return second(first(x)); }
  };
  const Dense newer = [] { return dense("older"); }();
  const Dense older = dense("newer");
  CHECK(names(Handle<PairImpl>(older, newer)) == Names{"newer", "older"});
  CHECK(names(Handle<PairImpl>(newer, older)) == Names{"older", "newer"});
  struct GrowingImpl : LayerImpl {
    Dense own = dense("own");
    std::vector<Dense> list;
    std::optional<Dense> last;
    explicit GrowingImpl(const std::vector<Dense>& given) {
      for (const Dense& each : given) list.push_back(each);
      last.emplace(dense("last"));
    }
    Tensor call(const Tensor& x) { return x; }
  };
  std::vector<Dense> many;
  for (const char* name : {"e", "d", "c", "b", "a"}) many.push_back(dense(name));
  std::reverse(many.begin(), many.end());
  CHECK(names(Handle<GrowingImpl>(many)) == Names{"own", "a", "b", "c", "d", "e", "last"});
  struct DelegatingImpl : PairImpl {
    using PairImpl::PairImpl;
    DelegatingImpl() : PairImpl(dense("first"), dense("second")) {}
  };
  CHECK(names(Handle<DelegatingImpl>()) == Names{"first", "second"});
  struct MixedImpl : LayerImpl {
    Dense own = dense("own");
    Dense kept;
    std::vector<Dense> list;
    explicit MixedImpl(std::vector<Dense> given, const Dense& last)
        : kept(dense("other")), list(track("list", std::move(given))) {
      kept = track("kept", last);
    }
    Tensor call(const Tensor& x) { return x; }
  };
  const std::vector<Dense> given{dense("x"), newer};
  CHECK(names(Handle<MixedImpl>(given, older)) == Names{"own", "x", "older", "newer"});
}

TEST_CASE("elements of containers that the constructor fills are parts") {
  struct StackImpl : LayerImpl {
    std::vector<Dense> list;
    std::array<Dense, 2> pair{dense("p"), dense("q")};
    std::optional<Dense> last;
    std::vector<std::unique_ptr<Dense>> pointers;
    explicit StackImpl(int count) {
      // The list grows, which moves its elements about.
      for (int i = 0; i < count; ++i) list.push_back(dense(("l" + std::to_string(i)).c_str()));
      last.emplace(dense("last"));
      pointers.push_back(std::make_unique<Dense>(dense("owned")));
    }
    Tensor call(const Tensor& x) { return x; }
  };
  CHECK(names(Handle<StackImpl>(5)) == Names{"p", "q", "l0", "l1", "l2", "l3", "l4", "last", "owned"});
}

TEST_CASE("a list that was made elsewhere and moved in is tracked by hand") {
  struct MovedImpl : LayerImpl {
    std::vector<Dense> blocks;
    explicit MovedImpl(std::vector<Dense> given, bool tracked) : blocks(std::move(given)) {
      if (tracked) track("blocks", blocks);
    }
    Tensor call(const Tensor& x) { return blocks[1](blocks[0](x)); }
  };
  const Handle<MovedImpl> tracked(std::vector<Dense>{Dense(2), dense("own")}, true);
  CHECK(names(tracked) == Names{"blocks_0", "own"});
  CHECK(tracked(ones({1, 2})).shape() == Shape{1, 2});
  // Without, it is an error when they are called.
  const Handle<MovedImpl> forgotten(std::vector<Dense>{dense("one"), dense("two")}, false);
  CHECK(names(forgotten).empty());
  CHECK_THROWS_WITH(forgotten(ones({1, 2})), Contains("one: is used here but is no part of moved"));
}

TEST_CASE("layers that are passed in and stored are parts, also of two layers") {
  struct WrapperImpl : LayerImpl {
    Layer inner;
    explicit WrapperImpl(Layer layer) : inner(std::move(layer)) {}
    Tensor call(const Tensor& x) { return inner(x) * 2; }
  };
  using Wrapper = Handle<WrapperImpl>;
  const Dense shared = dense("shared");
  const Wrapper a(shared), b(shared);
  CHECK(names(a) == Names{"shared"});
  CHECK(names(b) == Names{"shared"});
  CHECK(array_equal(a(ones({1, 3})), b(ones({1, 3}))));
  CHECK(a.weights()[0].value.handle() == b.weights()[0].value.handle());
}

TEST_CASE("what is a part of a part is left to it") {
  struct NestedImpl : LayerImpl {
    Dense inner = dense("inner");
    Sequential feed_forward{Dense(4, {.name = "hidden"}), inner};
    Tensor call(const Tensor& x) { return feed_forward(x); }
  };
  const Handle<NestedImpl> nested;
  CHECK(nested.layers().size() == 1);
  CHECK(names(nested.layers()[0]) == Names{"hidden", "inner"});
  CHECK(nested(ones({1, 3})).shape() == Shape{1, 2});
  CHECK(nested.weights().size() == 4);
  // It may be called by itself all the same.
  struct DirectImpl : NestedImpl {
    Tensor call(const Tensor& x) { return feed_forward(inner(x)); }
  };
  const Handle<DirectImpl> direct;
  CHECK(direct(ones({1, 4})).shape() == Shape{1, 2});
}

TEST_CASE("members of base classes are parts, those of helper objects too") {
  struct Pair {
    Dense left = dense("left"), right = dense("right");
  };
  struct BaseImpl : LayerImpl {
    Dense base = dense("base");
    Tensor call(const Tensor& x) { return base(x); }
  };
  struct DerivedImpl : BaseImpl {
    Pair pair;
    Dense own = dense("own");
  };
  CHECK(names(Handle<DerivedImpl>()) == Names{"base", "left", "right", "own"});
}

TEST_CASE("layers that are gone at the end of the constructor are no parts") {
  struct TriesImpl : LayerImpl {
    Dense kept = dense("kept");
    TriesImpl() {
      const Dense local = dense("local");
      Sequential copy{local, kept};
      kept = dense("replaced");
    }
    Tensor call(const Tensor& x) { return kept(x); }
  };
  const Handle<TriesImpl> tries;
  CHECK(names(tries) == Names{"replaced"});
  CHECK(tries(ones({1, 3})).shape() == Shape{1, 2});
}

TEST_CASE("a constructor that throws leaves nothing behind") {
  struct ThrowsImpl : LayerImpl {
    Dense one = dense("one");
    ThrowsImpl() { throw std::runtime_error("no"); }
    Tensor call(const Tensor& x) { return x; }
  };
  struct OuterImpl : LayerImpl {
    Dense before = dense("before");
    std::optional<Handle<ThrowsImpl>> tried;
    Dense after = dense("after");
    OuterImpl() {
      try {
        tried.emplace();
      } catch (const std::runtime_error&) {
      }
    }
    Tensor call(const Tensor& x) { return after(before(x)); }
  };
  CHECK_THROWS_AS(Handle<ThrowsImpl>(), std::runtime_error);
  CHECK(names(Handle<OuterImpl>()) == Names{"before", "after"});
}

TEST_CASE("threads construct layers at the same time, and destroy those of others") {
  struct BlockImpl : LayerImpl {
    Dense a = dense("a");
    std::vector<Dense> more;
    BlockImpl() {
      for (const char* name : {"b", "c", "d"}) more.push_back(dense(name));
      // A handle that came into being here goes elsewhere.
      auto handle = std::make_unique<Dense>(a);
      std::thread([gone = std::move(handle)]() mutable { gone.reset(); }).join();
    }
    Tensor call(const Tensor& x) { return x; }
  };
  std::vector<std::thread> team;
  std::vector<int> right(4);
  for (std::size_t t = 0; t < right.size(); ++t) {
    team.emplace_back([&right, t] {
      for (int i = 0; i < 20; ++i) right[t] += names(Handle<BlockImpl>()) == Names{"a", "b", "c", "d"};
    });
  }
  for (std::thread& thread : team) thread.join();
  CHECK(right == std::vector<int>(4, 20));
}

TEST_CASE("layers that `build` makes are parts") {
  struct LateImpl : LayerImpl {
    std::optional<Dense> hidden;
    void build(const Shape& input_shape) override {
      hidden.emplace(Dense(input_shape.back(), {.use_bias = false, .name = "hidden"}));
    }
    Tensor call(const Tensor& x) { return (*hidden)(x); }
  };
  const Handle<LateImpl> late;
  CHECK(names(late).empty());
  late(ones({2, 3}));
  CHECK(names(late) == Names{"hidden"});
  CHECK(late.count_params() == 9);
}

TEST_CASE("an implementation is made by its handle alone") {
  struct ScaleImpl : LayerImpl {
    Tensor call(const Tensor& x) { return x; }
  };
  CHECK_THROWS_WITH(ScaleImpl(), Contains("`using Scale = Handle<ScaleImpl>;`"));
  struct HolderImpl : LayerImpl {
    ScaleImpl inside;
    Tensor call(const Tensor& x) { return x; }
  };
  CHECK_THROWS_WITH(Handle<HolderImpl>(), Contains("is made by its handle alone"));
}

TEST_CASE("a layer is no part of itself, and two parts have two names") {
  const Sequential model({dense("a")}, {.name = "m"});
  CHECK_THROWS_WITH(model.add(model), "m: a layer cannot be a part of itself: m");
  const Sequential outer{model};
  CHECK_THROWS_AS(model.add(outer), ValueError);
  CHECK_THROWS_WITH(model.add(dense("a")),
                    "m: there is a layer \"a\" already, a Dense; layers of one layer need different names");
  struct TwinsImpl : LayerImpl {
    Dense one = dense("twin"), two = dense("twin");
    Tensor call(const Tensor& x) { return x; }
  };
  CHECK_THROWS_WITH(Handle<TwinsImpl>(), Contains("there is a layer \"twin\" already"));
}

TEST_CASE("Names are compared among very many layers too") {
  Sequential model({.name = "m"});
  const layers::ReLU unnamed;
  model.add(unnamed);
  for (int i = 0; i < 200; ++i) model.add(layers::ReLU({.name = "r" + std::to_string(i)}));
  const auto refused = [&](const std::string& name) {
    CHECK_THROWS_WITH(model.add(layers::ReLU({.name = name})),
                      "m: there is a layer \"" + name + "\" already, a ReLU; layers of one layer need different names");
  };
  refused("r0");
  refused("r199");
  refused(unnamed.name());
  // A layer may be in two places, and the name of one that is gone is free.
  model.add(model.layers()[7]);
  model.pop();
  model.pop();
  model.add(layers::ReLU({.name = "r199"}));
  refused("r199");
  // A layer that is given its name later, by another layer that it comes into too.
  struct AroundImpl : layers::LayerImpl {
    explicit AroundImpl(const layers::ReLU& given) : inner(track("later", given)) {}
    Tensor call(const Tensor& x) { return inner(x); }
    layers::ReLU inner;
  };
  const Handle<AroundImpl> around(unnamed);
  REQUIRE(unnamed.name() == "later");
  refused("later");
}

TEST_CASE("automatic names are Keras's, in the order of construction") {
  utils::clear_session();
  const Dense first(1);
  const Sequential model{Dense(2), first};
  CHECK(first.name() == "dense");
  CHECK(names(model) == Names{"dense_1", "dense"});
  CHECK(model.name() == "sequential");
}

namespace {

struct ScaleOptions {
  double start = 1;
  std::string name = {};
};

struct ScaleImpl : LayerImpl {
  using Options = ScaleOptions;
  double factor;
  explicit ScaleImpl(ScaleOptions options) : LayerImpl({.name = options.name}), factor(options.start) {}
  Tensor call(const Tensor& x) { return x * factor; }
};
using Scale = Handle<ScaleImpl>;

// The signature that reads best.
struct SplitImpl : LayerImpl {
  std::array<Tensor, 2> call(const Tensor& x) { return {x * 2, x * 3}; }
};
struct BlendImpl : LayerImpl {
  Tensor call(const Tensor& a, const Tensor& b) { return a - b; }
};
struct SumImpl : LayerImpl {
  std::vector<Tensor> call(const std::vector<Tensor>& all) { return {all[0] + all[1], all[0] - all[1]}; }
};

}  // namespace

TEST_CASE("a handle is made and called as its implementation is written") {
  Scale s({.start = 2});
  CHECK(s(ones({1, 2})).to_vector<double>() == std::vector<double>{2, 2});
  s->factor = 5;
  const Scale same = s;
  CHECK(same(ones({1, 1})).item() == 5);

  const Handle<SplitImpl> split;
  const auto [twice, thrice] = split(ones({1, 1}));
  CHECK(twice.item() == 2);
  CHECK(thrice.item() == 3);
  const Layer base = split;
  CHECK(base.call_all({ones({1, 1})}).size() == 2);
  CHECK(base.call<2>({ones({1, 1})})[1].item() == 3);
  CHECK_THROWS_WITH(base.call<3>({ones({1, 1})}), Contains("returns 2 tensors, 3 were asked for"));
  CHECK_THROWS_WITH(base(ones({1, 1})),
                    Contains("split: returns 2 tensors; take them with call<2>({x}) or call_all({x})"));

  const Handle<BlendImpl> blend;
  CHECK(blend(ones({1, 1}), ones({1, 1})).item() == 0);
  CHECK(Layer(blend)({ones({1, 1}), zeros({1, 1})}).item() == 1);
  CHECK_THROWS_WITH(Layer(blend)(ones({1, 1})), Contains("blend: expected 2 tensors, given 1"));
  CHECK(Handle<SumImpl>()({ones({1, 1}), ones({1, 1})}).size() == 2);
}
