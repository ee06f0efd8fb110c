#include "catch.hpp"
#include "driven.hpp"

using namespace xtape;

TEST_CASE("functions are called at their moments with what they are told") {
  std::string calls;
  const auto note = [&calls](const std::string& what) { return [&calls, what](auto&&...) { calls += what + ' '; }; };
  const LambdaCallback callback({.on_epoch_begin = note("epoch_begin"),
                                 .on_epoch_end = note("epoch_end"),
                                 .on_train_begin = note("train_begin"),
                                 .on_train_end = note("train_end"),
                                 .on_train_batch_begin = note("train_batch_begin"),
                                 .on_train_batch_end = note("train_batch_end"),
                                 .on_test_begin = note("test_begin"),
                                 .on_test_end = note("test_end"),
                                 .on_test_batch_begin = note("test_batch_begin"),
                                 .on_test_batch_end = note("test_batch_end"),
                                 .on_predict_begin = note("predict_begin"),
                                 .on_predict_end = note("predict_end"),
                                 .on_predict_batch_begin = note("predict_batch_begin"),
                                 .on_predict_batch_end = note("predict_batch_end")});
  callbacks::Logs logs;
  callback->on_train_begin();
  callback->on_epoch_begin(0);
  callback->on_train_batch_begin(0);
  callback->on_train_batch_end(0, logs);
  callback->on_test_begin();
  callback->on_test_batch_begin(0);
  callback->on_test_batch_end(0, logs);
  callback->on_test_end(logs);
  callback->on_epoch_end(0, logs);
  callback->on_train_end(logs);
  callback->on_predict_begin();
  callback->on_predict_batch_begin(0);
  callback->on_predict_batch_end(0, {});
  callback->on_predict_end();
  CHECK(calls ==
        "train_begin epoch_begin train_batch_begin train_batch_end test_begin test_batch_begin test_batch_end test_end "
        "epoch_end train_end predict_begin predict_batch_begin predict_batch_end predict_end ");
}

TEST_CASE("functions see the logs, may add to them, and need not be given") {
  std::vector<double> losses;
  const LambdaCallback callback({.on_epoch_end = [&](int64_t epoch, callbacks::Logs& logs) {
    losses.push_back(logs["loss"]);
    logs.set("twice", 2.0 * static_cast<double>(epoch));
  }});
  const History history =
      test::small_model().fit(ones({4, 2}), ones({4, 1}), {.epochs = 2, .verbose = 0, .callbacks = {callback}});
  CHECK(losses == history["loss"]);
  CHECK(history["twice"] == std::vector<double>{0, 2});
}
