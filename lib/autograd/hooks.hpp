#pragma once

#include <xtape/hook_handle.hpp>
#include <xtape/tensor.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "autograd/flag_lock.hpp"

namespace xtape::autograd {

// What a HookHandle belongs to.
struct HookOwner {
  virtual ~HookOwner() = default;
  virtual void remove(uint64_t number) = 0;
};

// Functions in the order of their registration. The list that others may be walking never changes: it is replaced.
template <class Signature>
class Hooks final : public HookOwner, public std::enable_shared_from_this<Hooks<Signature>> {
 public:
  using Function = std::function<Signature>;
  struct Hook {
    uint64_t number;
    std::shared_ptr<const Function> function;
  };
  using List = std::vector<Hook>;

  // `total`, if it is not null, counts the functions of many such lists.
  explicit Hooks(std::atomic<int64_t>* total) : total_(total) {}
  ~Hooks() override { count(-static_cast<int64_t>(list_->size())); }

  HookHandle add(Function function) {
    Hook hook{0, std::make_shared<const Function>(std::move(function))};
    std::shared_ptr<const List> before;
    const FlagLock lock(lock_);
    auto after = std::make_shared<List>(*list_);
    hook.number = ++last_number_;
    after->push_back(std::move(hook));
    before = std::exchange(list_, std::move(after));
    count(1);
    return {this->weak_from_this(), last_number_};
  }

  void remove(uint64_t number) override {
    std::shared_ptr<const List> before;
    const FlagLock lock(lock_);
    auto after = std::make_shared<List>(*list_);
    if (std::erase_if(*after, [&](const Hook& hook) { return hook.number == number; }) == 0) return;
    before = std::exchange(list_, std::move(after));
    count(-1);
  }

  std::shared_ptr<const List> list() const {
    const FlagLock lock(lock_);
    return list_;
  }

 private:
  void count(int64_t change) {
    if (total_) total_->fetch_add(change, std::memory_order_relaxed);
  }

  mutable std::atomic_flag lock_;
  std::atomic<int64_t>* const total_;
  uint64_t last_number_ = 0;
  std::shared_ptr<const List> list_ = std::make_shared<const List>();
};

// Sees a gradient, and may return another one in its place.
using GradientHooks = Hooks<Tensor(const Tensor& gradient)>;
// Sees a leaf whose grad() is final for a run.
using LeafHooks = Hooks<void(const Tensor& leaf)>;

// What the hooks, if there are any, make of a gradient. @throws AutogradError if one returns another shape or type;
// `owner` describes the tensor in its text.
Tensor call_hooks(const std::shared_ptr<GradientHooks>& hooks, Tensor gradient,
                  const std::function<std::string()>& owner);

}  // namespace xtape::autograd
