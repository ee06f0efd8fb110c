#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <xtape/tensor.hpp>

// Handles of tensors that others hold for longer, side by side as a span needs them. They are neither counted nor
// destroyed: on the way of a small operation through a transform that is felt.
namespace xtape::autograd {

inline Tensor lent(const Tensor& x) { return Tensor(detail::Reference<core::TensorHandle>::adopt(x.handle())); }

// Handles in a row: lent ones, then own ones, then lent ones again. No place is left out: each lent one is put in once.
// Up to `few` need no allocation. They go before whoever holds the tensors that were lent does.
template <std::size_t few>
class LentAndOwn {
 public:
  LentAndOwn(std::size_t front, std::size_t own, std::size_t back) {
    const std::size_t count = front + own + back;
    if (count > few) many_.reset(new Place[count]);
    tensors_ = reinterpret_cast<Tensor*>(many_ ? many_.get() : few_);
    all_ = {tensors_, count};
    own_ = all_.subspan(front, own);
    std::uninitialized_default_construct(own_.begin(), own_.end());
  }
  // What was lent counts for nobody, and is left as it is.
  ~LentAndOwn() { std::destroy(own_.begin(), own_.end()); }
  LentAndOwn(const LentAndOwn&) = delete;
  LentAndOwn& operator=(const LentAndOwn&) = delete;

  void lend(std::size_t place, const Tensor& x) { new (tensors_ + place) Tensor(lent(x)); }
  std::span<Tensor> all() const { return all_; }

 private:
  struct alignas(Tensor) Place {
    std::byte bytes[sizeof(Tensor)];
  };

  Place few_[few];
  std::unique_ptr<Place[]> many_;
  Tensor* tensors_;
  std::span<Tensor> all_, own_;
};

// The arguments of a call.
template <std::size_t N>
class LentArguments {
 public:
  template <class... Tensors>
  explicit LentArguments(const Tensors&... x) : handles_{lent(x)...} {}
  ~LentArguments() {
    for (Tensor& handle : handles_) handle.release_handle();
  }
  LentArguments(const LentArguments&) = delete;
  LentArguments& operator=(const LentArguments&) = delete;

  operator std::span<const Tensor>() const { return handles_; }

 private:
  std::array<Tensor, N> handles_;
};

}  // namespace xtape::autograd
