#include <cmath>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/optimizer_updates.hpp>

#include "core/dtype_switch.hpp"
#include "core/parallel.hpp"
#include "core/tensor_impl.hpp"

namespace xtape {
namespace {

using Tensors = std::vector<Tensor>;

void check_lists(const char* op, const Tensors& variables, std::initializer_list<const Tensors*> lists) {
  for (const Tensors* list : lists) {
    if (list->size() != variables.size()) {
      throw ValueError(std::string(op) + ": " + std::to_string(list->size()) + " tensors given for " +
                       std::to_string(variables.size()) + " variables");
    }
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const Tensor& variable = variables[i];
      const Tensor& other = (*list)[i];
      if (other.shape() != variable.shape()) {
        throw ShapeError(std::string(op) + ": shapes differ: variable " + variable.shape().str() + ", given " +
                         other.shape().str());
      }
      if (other.dtype() != variable.dtype() || !is_floating(variable.dtype())) {
        throw DTypeError(std::string(op) + ": types differ or are not floating: variable " + name(variable.dtype()) +
                         ", given " + name(other.dtype()));
      }
      if (!variable.is_contiguous()) throw ValueError(std::string(op) + ": variables must be contiguous");
    }
  }
}

// Parts of a variable that one thread updates: below it a second thread costs more than it saves.
constexpr int64_t grain = 32768;

// Calls body(begin, end, i, T()) for ranges of each variable i of type T.
template <class Body>
void for_each_range(const Tensors& variables, const Body& body) {
  for (std::size_t i = 0; i < variables.size(); ++i) {
    core::switch_floating(variables[i].dtype(), [&]<class T>(T) { body(i, T()); });
  }
}

template <class T>
T* written(const Tensors& list, std::size_t i) {
  return list.empty() ? nullptr : list[i].data<T>();
}

}  // namespace

void sgd_update(const Tensors& variables, const Tensors& gradients, const Tensors& velocities, const SgdStep& step) {
  check_lists("sgd_update", variables, {&gradients});
  if (!velocities.empty() || step.momentum != 0) check_lists("sgd_update", variables, {&velocities});
  const NoGrad no_grad;
  for_each_range(variables, [&]<class T>(std::size_t i, T) {
    const Tensor gradient = gradients[i].contiguous();
    const T* g = gradient.data<const T>();
    T* w = written<T>(variables, i);
    T* m = written<T>(velocities, i);
    const T rate = static_cast<T>(step.learning_rate), keep = static_cast<T>(1 - step.decay);
    const T momentum = static_cast<T>(step.momentum);
    core::parallel_for(variables[i].numel(), grain, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        const T descent = -rate * g[k];
        if (m == nullptr) {
          w[k] = w[k] * keep + descent;
        } else {
          m[k] = momentum * m[k] + descent;
          w[k] = w[k] * keep + (step.nesterov ? momentum * m[k] + descent : m[k]);
        }
      }
    });
  });
}

void adam_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums,
                 const Tensors& velocities, const Tensors& largest, const AdamStep& step) {
  check_lists("adam_update", variables, {&gradients, &momentums, &velocities});
  if (!largest.empty()) check_lists("adam_update", variables, {&largest});
  const NoGrad no_grad;
  for_each_range(variables, [&]<class T>(std::size_t i, T) {
    const Tensor gradient = gradients[i].contiguous();
    const T* g = gradient.data<const T>();
    T* w = written<T>(variables, i);
    T* m = written<T>(momentums, i);
    T* v = written<T>(velocities, i);
    T* top = written<T>(largest, i);
    const T rate = static_cast<T>(step.learning_rate), keep = static_cast<T>(1 - step.decay);
    const T fraction_1 = static_cast<T>(1 - step.beta_1), fraction_2 = static_cast<T>(1 - step.beta_2);
    const T epsilon = static_cast<T>(step.epsilon);
    core::parallel_for(variables[i].numel(), grain, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        m[k] += fraction_1 * (g[k] - m[k]);
        v[k] += fraction_2 * (g[k] * g[k] - v[k]);
        T square = v[k];
        if (top != nullptr) square = top[k] = top[k] > v[k] ? top[k] : v[k];
        w[k] = w[k] * keep - rate * m[k] / (std::sqrt(square) + epsilon);
      }
    });
  });
}

void rmsprop_update(const Tensors& variables, const Tensors& gradients, const Tensors& velocities,
                    const Tensors& momentums, const Tensors& averages, const RmspropStep& step) {
  check_lists("rmsprop_update", variables, {&gradients, &velocities});
  if (!momentums.empty()) check_lists("rmsprop_update", variables, {&momentums});
  if (!averages.empty()) check_lists("rmsprop_update", variables, {&averages});
  const NoGrad no_grad;
  for_each_range(variables, [&]<class T>(std::size_t i, T) {
    const Tensor gradient = gradients[i].contiguous();
    const T* g = gradient.data<const T>();
    T* w = written<T>(variables, i);
    T* v = written<T>(velocities, i);
    T* m = written<T>(momentums, i);
    T* a = written<T>(averages, i);
    const T rate = static_cast<T>(step.learning_rate), keep = static_cast<T>(1 - step.decay);
    const T rho = static_cast<T>(step.rho), momentum = static_cast<T>(step.momentum);
    const T epsilon = static_cast<T>(step.epsilon);
    core::parallel_for(variables[i].numel(), grain, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        v[k] = rho * v[k] + (1 - rho) * g[k] * g[k];
        T spread = v[k] + epsilon;
        if (a != nullptr) {
          a[k] = rho * a[k] + (1 - rho) * g[k];
          spread -= a[k] * a[k];
        }
        T change = rate * g[k] / std::sqrt(spread);
        if (m != nullptr) change = m[k] = momentum * m[k] + change;
        w[k] = w[k] * keep - change;
      }
    });
  });
}

}  // namespace xtape
