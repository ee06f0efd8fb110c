#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <xtape/export.hpp>
#include <xtape/models/data.hpp>

namespace xtape::models {

namespace batching {

template <class T>
concept TupleOfData = requires {
  std::tuple_size<T>::value;
  requires std::tuple_size<T>::value >= 1 && std::tuple_size<T>::value <= 3;
};

/// A batch of what a range or a function gives: a Batch, x alone, or (x, y[, sample_weight]) as a pair or tuple.
inline Batch to_batch(Batch batch) { return batch; }
inline Batch to_batch(Data x) { return {std::move(x)}; }
inline Batch to_batch(Tensor x) { return {std::move(x)}; }
template <class Tuple>
requires TupleOfData<std::remove_cvref_t<Tuple>> Batch to_batch(Tuple&& tuple) {
  return std::apply([](auto&&... parts) { return Batch{Data(std::forward<decltype(parts)>(parts))...}; },
                    std::forward<Tuple>(tuple));
}

template <class T>
concept BatchLike = requires(T&& value) {
  { to_batch(std::forward<T>(value)) } -> std::same_as<Batch>;
};

template <class T>
concept BatchRange = !std::convertible_to<T, Data> && requires(std::remove_reference_t<T> & range) {
  { std::begin(range) != std::end(range) } -> std::convertible_to<bool>;
  requires BatchLike<decltype(*std::begin(range))>;
};

/// Gives the next batch, or nothing at the end of a pass.
template <class T>
concept BatchGenerator = std::invocable<T&> && requires(T& next) {
  {next()};
  requires BatchLike<decltype(*next())>;
  static_cast<bool>(next());
} && !BatchRange<std::invoke_result_t<T&>>;

/// Begins a pass: returns a range or a generator.
template <class T>
concept BatchFactory = std::invocable<T&> &&
    (BatchRange<std::invoke_result_t<T&>> || BatchGenerator<std::invoke_result_t<T&>>);

}  // namespace batching

/// Batches one after the other, which fit, evaluate and predict take in place of tensors. Made of
/// - a range, whose elements are Batch, or (x, y[, sample_weight]) as a std::pair or std::tuple: each epoch begins it
///   anew. One that is given by its name is referred to, not copied;
/// - a function without arguments that returns a std::optional of such an element: the next one, or nothing where an
///   epoch ends; the call after that begins the next epoch. A function that then has nothing more ends the training;
/// - a function without arguments that returns such a range or function: it is called for each epoch.
/// Functions are copied; std::ref(f) refers to f.
/// ```
/// std::vector<std::pair<Tensor, Tensor>> batches = ...;
/// model.fit(batches, {.epochs = 5});
/// model.fit([&]() -> std::optional<models::Batch> { return reader.next(); }, {.steps_per_epoch = 100});
/// ```
class XTAPE_API Batches {
 public:
  /// One pass through the batches.
  using Pass = std::function<std::optional<Batch>()>;

  template <class Range>
  requires batching::BatchRange<Range> Batches(Range&& range) {
    std::shared_ptr<std::remove_reference_t<Range>> kept;
    if constexpr (std::is_lvalue_reference_v<Range>) {
      kept = {std::shared_ptr<void>(), &range};
    } else {
      kept = std::make_shared<std::remove_reference_t<Range>>(std::move(range));
    }
    if constexpr (requires { std::size(range); }) {
      size_ = [kept] { return static_cast<int64_t>(std::size(*kept)); };
    }
    begin_ = [kept] { return pass_through(kept); };
  }
  template <class Function>
  requires batching::BatchGenerator<std::decay_t<Function>> Batches(Function&& next) {
    begin_ = [pass = pass_of(std::forward<Function>(next))] { return pass; };
    begins_anew_ = false;
  }
  template <class Function>
  requires batching::BatchFactory<std::decay_t<Function>> Batches(Function&& begin) {
    begin_ = [begin = std::decay_t<Function>(std::forward<Function>(begin))]() mutable {
      if constexpr (batching::BatchRange<std::invoke_result_t<std::decay_t<Function>&>>) {
        return pass_through(std::make_shared<std::decay_t<decltype(begin())>>(begin()));
      } else {
        return pass_of(begin());
      }
    };
  }

  /// A new pass, or the one pass that there is.
  Pass begin() const { return begin_(); }
  /// Whether that is a new pass each time.
  bool begins_anew() const { return begins_anew_; }
  /// How many there are, where that is known.
  std::optional<int64_t> size() const { return size_ ? std::optional(size_()) : std::nullopt; }

 private:
  template <class Range>
  static Pass pass_through(std::shared_ptr<Range> range) {
    // The iterator may not be copyable, a std::function is.
    auto next = std::make_shared<decltype(std::begin(*range))>(std::begin(*range));
    return [range, next]() -> std::optional<Batch> {
      if (!(*next != std::end(*range))) return std::nullopt;
      std::optional<Batch> batch = batching::to_batch(**next);
      ++*next;
      return batch;
    };
  }
  template <class Function>
  static Pass pass_of(Function&& function) {
    auto next = std::make_shared<std::decay_t<Function>>(std::forward<Function>(function));
    return [next]() -> std::optional<Batch> {
      auto element = (*next)();
      if (!element) return std::nullopt;
      return batching::to_batch(*std::move(element));
    };
  }

  std::function<Pass()> begin_;
  std::function<int64_t()> size_;
  bool begins_anew_ = true;
};

}  // namespace xtape::models
