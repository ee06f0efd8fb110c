#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/host_callback.hpp>

#include "autograd/in_place.hpp"
#include "core/checks.hpp"

namespace xtape {
namespace {

struct HostCallback {
  static constexpr const char* name = "host_callback";
  static constexpr bool opaque = true;
  std::function<void(const Tensor& x)> function;

  void compute(const Tensor& x) const {
    const NoGrad no_grad;
    function(x);
  }
};

}  // namespace

void host_callback(std::function<void(const Tensor& x)> function, const Tensor& x) {
  if (!function) throw ValueError("host_callback: the function is empty");
  core::check_defined("host_callback", x);
  autograd::apply_in_place(HostCallback{std::move(function)}, x);
}

}  // namespace xtape
