// A small convolutional network on the MNIST digits, with integer labels, in the seven steps of the Keras tutorials;
// its learning rate falls with the steps. Ten seconds:
//
//   469/469 - 2s - 3ms/step - accuracy: 0.9925 - loss: 0.0256
//   Loss: 0.0409
//   Accuracy: 98.56
//   144 of 10000 digits are taken for others
//
// In Python:
//
//   (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
//   x_train = x_train[..., None].astype("float32") / 255
//   x_test = x_test[..., None].astype("float32") / 255
//
//   model = keras.Sequential([
//       keras.Input(shape=(28, 28, 1)),
//       layers.Conv2D(32, 3, activation="relu"),
//       layers.MaxPooling2D(2),
//       layers.Flatten(),
//       layers.Dense(128, activation="relu"),
//       layers.Dense(10, activation="softmax"),
//   ])
//   rate = keras.optimizers.schedules.ExponentialDecay(0.001, decay_steps=1000, decay_rate=0.9)
//   model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
//   model.fit(x_train, y_train, batch_size=128, epochs=5)
//   loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
//   print(f"Accuracy: {100 * accuracy:.2f}")
//   model.save("mnist_cnn_sparse.keras")
//   loaded = keras.models.load_model("mnist_cnn_sparse.keras")
//   p = loaded.predict(x_test, verbose=0)
//   wrong = numpy.flatnonzero(p.argmax(axis=1) != y_test)
//   print(len(wrong), "digits are taken for others; the first is number", wrong[0])
#include <cstdio>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"
#include "common/mnist.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 5, .batch_size = 128, .seed = 2});

  // 1. Data: images of one channel between 0 and 1, labels as they are.
  const auto [train, test] = examples::load_mnist(arguments.data);
  auto [x_train, y_train] = train;
  auto [x_test, y_test] = test;
  x_train = x_train.expand_dims(-1).astype(float32) / 255;
  x_test = x_test.expand_dims(-1).astype(float32) / 255;

  // 2. The model.
  Sequential model{
      layers::Conv2D(32, 3, {.activation = "relu", .input_shape = {28, 28, 1}}),
      layers::MaxPooling2D(2),
      layers::Flatten(),
      layers::Dense(128, {.activation = "relu"}),
      layers::Dense(10, {.activation = "softmax"}),
  };

  // 3. The loss, 4. the optimizer.
  const optimizers::schedules::ExponentialDecay rate(0.001, 1000, 0.9);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = rate}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});

  // 5. Training.
  model.fit(x_train, y_train,
            {.batch_size = arguments.batch_size, .epochs = arguments.epochs, .verbose = arguments.verbose});

  // 6. How good it is, and where it fails.
  const auto [loss, accuracy] = model.evaluate(x_test, y_test, {.verbose = 0});
  std::printf("Loss: %.4f\nAccuracy: %.2f\n", loss, 100 * accuracy);

  // 7. In use: as another program would load it.
  model.save(arguments.output + "/mnist_cnn_sparse.keras");
  const Model loaded = load_model(arguments.output + "/mnist_cnn_sparse.keras");
  const Tensor digits = argmax(loaded.predict(x_test, {.verbose = 0}), 1);
  const Tensor right = digits == y_test;
  std::printf("%lld of %lld digits are taken for others\n",
              static_cast<long long>(right.numel() - right.astype(int64).sum().item<int64_t>()),
              static_cast<long long>(right.numel()));
}
