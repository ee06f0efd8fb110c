#include <functional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

using Call = std::pair<std::string, std::function<void()>>;

std::vector<Call> calls() {
  const Tensor none, x = ones({2, 2});
  return {
      {"isnan", [=] { isnan(none); }},
      {"isfinite", [=] { isfinite(none); }},
      {"logical_not", [=] { logical_not(none); }},
      {"logical_and", [=] { logical_and(x, none); }},
      {"logical_or", [=] { logical_or(none, x); }},
      {"equal", [=] { equal(none, x); }},
      {"add", [=] { add(x, none); }},
      {"where", [=] { where(none, x, x); }},
      {"to_vector", [=] { none.to_vector<float>(); }},
      {"item", [=] { none.item(); }},
      {"data", [=] { none.data<float>(); }},
      {"contiguous", [=] { none.contiguous(); }},
      {"clone", [=] { none.clone(); }},
      {"astype", [=] { none.astype(float64); }},
      {"flatten", [=] { none.flatten(); }},
      {"squeeze", [=] { none.squeeze(); }},
      {"reshape", [=] { none.reshape({1}); }},
      {"sum", [=] { sum(none); }},
      {"mean", [=] { mean(none); }},
      {"var", [=] { var(none); }},
      {"std", [=] { none.std(); }},
      {"logsumexp", [=] { logsumexp(none); }},
      {"softmax", [=] { softmax(none); }},
      {"matmul", [=] { matmul(x, none); }},
      {"dense", [=] { dense(x, none, none); }},
      {"layer_norm", [=] { layer_norm(none, none, none); }},
      {"batch_norm", [=] { batch_norm(none, none, none); }},
      {"batch_norm: the mean", [=] { batch_norm(x, none, none, none, ones({2})); }},
      {"batch_norm: the variance", [=] { batch_norm(x, none, none, ones({2}), none); }},
      {"dropout", [=] { dropout(none, 0.5); }},
      {"lstm", [=] { lstm(none, x, x, none); }},
      {"gru", [=] { gru(x.expand_dims(0), x, none, none); }},
      {"take", [=] { take(x, none); }},
      {"one_hot", [=] { one_hot(none, 2); }},
      {"to_categorical: label", [=] { utils::to_categorical(none); }},
      {"crop", [=] { crop(none, {}); }},
      {"repeat", [=] { repeat(none, 2, 0); }},
      {"resize", [=] { resize(none, {2}); }},
      {"concatenate", [=] { concatenate({x, none}); }},
      {"stack", [=] { stack({none, x}); }},
      {"split", [=] { split(none, 2); }},
      {"categorical_crossentropy", [=] { categorical_crossentropy(none, x); }},
      {"sparse_categorical_crossentropy", [=] { sparse_categorical_crossentropy(none, x); }},
      {"binary_crossentropy", [=] { binary_crossentropy(x, none); }},
  };
}

}  // namespace

TEST_CASE("an undefined tensor is an error that names the operation it was given to") {
  for (const auto& [name, call] : calls()) {
    INFO(name);
    CHECK_THROWS_MATCHES(call(), ValueError, Message(name + ": the tensor is undefined"));
  }
}
