#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>

#include "ops/linalg/matmul.hpp"
#include "ops/optimizers/outer_product.hpp"
#include "ops/optimizers/update.hpp"
#include "ops/registry.hpp"

// Steps in which each element of a variable goes by one formula.
namespace xtape {
namespace {

using detail::check_number;
using detail::Range;
using namespace ops;

struct Sgd : FormulaOf<SgdStep> {
  static constexpr const char* name = "sgd_update";

  template <class T>
  static void run(const SgdStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    kernels::sgd_update<T>(arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                    static_cast<T>(step.momentum), step.nesterov});
  }
  static void describe(autograd::Attributes& to, const SgdStep& step) {
    describe_rates(to, step);
    to("momentum", step.momentum);
    to("nesterov", step.nesterov);
  }
};

struct Adam : FormulaOf<AdamStep> {
  static constexpr const char* name = "adam_update";

  template <class T>
  static void run(const AdamStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    kernels::adam_update<T>(
        arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay), static_cast<T>(1 - step.beta_1),
                 static_cast<T>(1 - step.beta_2), guard<T>(step.epsilon)});
  }
  static void describe(autograd::Attributes& to, const AdamStep& step) {
    describe_rates(to, step);
    to("beta_1", step.beta_1);
    to("beta_2", step.beta_2), to("epsilon", step.epsilon);
  }
};

struct Rmsprop : FormulaOf<RmspropStep> {
  static constexpr const char* name = "rmsprop_update";

  template <class T>
  static void run(const RmspropStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    kernels::rmsprop_update<T>(arrays,
                               {limited<T>(step.learning_rate), limited<T>(1 - step.decay), static_cast<T>(step.rho),
                                static_cast<T>(step.momentum), guard<T>(step.epsilon)});
  }
  static void describe(autograd::Attributes& to, const RmspropStep& step) {
    describe_rates(to, step);
    to("rho", step.rho);
    to("momentum", step.momentum), to("epsilon", step.epsilon);
  }
};

struct Nadam : FormulaOf<NadamStep> {
  static constexpr const char* name = "nadam_update";

  static auto numbers(NadamStep& step) {
    return std::array{&step.learning_rate, &step.decay, &step.momentum_factor, &step.gradient_factor,
                      &step.velocity_factor};
  }
  template <class T>
  static void run(const NadamStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    const kernels::NadamFactors<T> factors{limited<T>(step.learning_rate),
                                           limited<T>(1 - step.decay),
                                           rest<T>(step.beta_1),
                                           rest<T>(step.beta_2),
                                           guard<T>(step.epsilon),
                                           limited<T>(step.momentum_factor),
                                           limited<T>(step.gradient_factor),
                                           limited<T>(step.velocity_factor)};
    kernels::elementwise_update(arrays, factors);
  }
  static void describe(autograd::Attributes& to, const NadamStep& step) {
    describe_rates(to, step);
    to("beta_1", step.beta_1), to("beta_2", step.beta_2), to("epsilon", step.epsilon);
  }
};

struct Adamax : FormulaOf<AdamaxStep> {
  static constexpr const char* name = "adamax_update";

  template <class T>
  static void run(const AdamaxStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    const kernels::AdamaxFactors<T> factors{limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                            rest<T>(step.beta_1), static_cast<T>(step.beta_2), guard<T>(step.epsilon)};
    kernels::elementwise_update(arrays, factors);
  }
  static void describe(autograd::Attributes& to, const AdamaxStep& step) {
    describe_rates(to, step);
    to("beta_1", step.beta_1), to("beta_2", step.beta_2), to("epsilon", step.epsilon);
  }
};

struct Adagrad : FormulaOf<AdagradStep> {
  static constexpr const char* name = "adagrad_update";

  template <class T>
  static void run(const AdagradStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    const kernels::AdagradFactors<T> factors{limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                             guard<T>(step.epsilon)};
    kernels::elementwise_update(arrays, factors);
  }
  static void describe(autograd::Attributes& to, const AdagradStep& step) {
    describe_rates(to, step);
    to("epsilon", step.epsilon);
  }
};

struct Adadelta : FormulaOf<AdadeltaStep> {
  static constexpr const char* name = "adadelta_update";

  template <class T>
  static void run(const AdadeltaStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    const kernels::AdadeltaFactors<T> factors{limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                              static_cast<T>(step.rho), guard<T>(step.epsilon)};
    kernels::elementwise_update(arrays, factors);
  }
  static void describe(autograd::Attributes& to, const AdadeltaStep& step) {
    describe_rates(to, step);
    to("rho", step.rho), to("epsilon", step.epsilon);
  }
};

struct Lion : FormulaOf<LionStep> {
  static constexpr const char* name = "lion_update";

  template <class T>
  static void run(const LionStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    const kernels::LionFactors<T> factors{limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                          static_cast<T>(step.beta_1), static_cast<T>(step.beta_2)};
    kernels::elementwise_update(arrays, factors);
  }
  static void describe(autograd::Attributes& to, const LionStep& step) {
    describe_rates(to, step);
    to("beta_1", step.beta_1), to("beta_2", step.beta_2);
  }
};

struct Ftrl : FormulaOf<FtrlStep> {
  static constexpr const char* name = "ftrl_update";

  template <class T>
  static void run(const FtrlStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    const kernels::FtrlFactors<T> factors{limited<T>(1 / step.learning_rate),
                                          limited<T>(1 - step.decay),
                                          static_cast<T>(-step.learning_rate_power),
                                          limited<T>(step.l1),
                                          limited<T>(2 * step.l2 + step.beta / step.learning_rate),
                                          limited<T>(2 * step.l2_shrinkage)};
    kernels::elementwise_update(arrays, factors);
  }
  static void describe(autograd::Attributes& to, const FtrlStep& step) {
    describe_rates(to, step);
    to("learning_rate_power", step.learning_rate_power), to("l1", step.l1), to("l2", step.l2);
    to("l2_shrinkage", step.l2_shrinkage), to("beta", step.beta);
  }
};

// The step with a gradient that is a column times a row, if it is one of Formula.
template <class Formula>
std::optional<autograd::Instruction> with_outer_product(const Tensor& column, const Tensor& row,
                                                        autograd::Instruction step, std::size_t position) {
  if (step.table != &autograd::ErasedInPlace<Update<Formula>, 0>::table) return {};
  Update<Formula> update = *static_cast<const Update<Formula>*>(step.op.get());
  const std::size_t begin = update.targets(), end = begin + update.variables;
  if (position < begin || position >= end) return {};
  const auto rows = step.inputs.begin() + static_cast<std::ptrdiff_t>(end);
  if (update.outer_products++ == 0) step.inputs.insert(rows, update.variables, Tensor());
  step.inputs[position] = column;
  step.inputs[position + update.variables] = row;
  step.op = std::make_shared<const Update<Formula>>(std::move(update));
  return step;
}

}  // namespace

std::optional<autograd::Instruction> ops::update_by_outer_product(const autograd::Instruction& product,
                                                                  const autograd::Instruction& step,
                                                                  std::size_t position) {
  if (!is_matmul(product)) return {};
  const Tensor &column = product.inputs[0], &row = product.inputs[1];
  const auto follow_one_another = [](const core::TensorImpl* x, std::size_t axis) {
    return x->shape.size() == 2 && (x->shape[axis] == 1 || x->strides[axis] == 1);
  };
  if (!follow_one_another(core::impl(column), 0) || !follow_one_another(core::impl(row), 1)) return {};
  if (core::impl(row)->shape[0] != 1) return {};
  std::optional<autograd::Instruction> fused;
  const auto try_each = [&]<class... Formulas>() {
    (void)(... || (fused = with_outer_product<Formulas>(column, row, step, position)));
  };
  try_each.operator()<Sgd, Adam, Rmsprop, Nadam, Adamax, Adagrad, Adadelta, Lion, Ftrl>();
  return fused;
}

void sgd_update(const Tensors& variables, const Tensors& gradients, const Tensors& velocities, const SgdStep& step) {
  check_rates<Sgd>(step);
  check_number(Sgd::name, "momentum", step.momentum, Range::finite);
  require(Sgd::name, step.momentum != 0 && !variables.empty(), "velocities", velocities);
  update<Sgd>(step, variables, gradients, {&velocities, nullptr, nullptr});
}

void adam_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums,
                 const Tensors& velocities, const Tensors& largest, const AdamStep& step) {
  check_rates<Adam>(step);
  check_betas(Adam::name, step);
  check_number(Adam::name, "epsilon", step.epsilon, Range::finite_and_not_negative);
  require(Adam::name, !variables.empty(), "momentums", momentums);
  require(Adam::name, !variables.empty(), "velocities", velocities);
  update<Adam>(step, variables, gradients, {&momentums, &velocities, &largest});
}

void rmsprop_update(const Tensors& variables, const Tensors& gradients, const Tensors& velocities,
                    const Tensors& momentums, const Tensors& averages, const RmspropStep& step) {
  check_rates<Rmsprop>(step);
  check_number(Rmsprop::name, "rho", step.rho, Range::from_0_to_1);
  check_number(Rmsprop::name, "momentum", step.momentum, Range::finite);
  check_number(Rmsprop::name, "epsilon", step.epsilon, Range::finite_and_not_negative);
  require(Rmsprop::name, !variables.empty(), "velocities", velocities);
  update<Rmsprop>(step, variables, gradients, {&velocities, &momentums, &averages});
}

void nadam_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums,
                  const Tensors& velocities, const NadamStep& step) {
  check_rates<Nadam>(step);
  check_number(Nadam::name, "momentum_factor", step.momentum_factor, Range::finite);
  check_number(Nadam::name, "gradient_factor", step.gradient_factor, Range::finite);
  check_number(Nadam::name, "velocity_factor", step.velocity_factor, Range::finite_and_not_negative);
  check_betas(Nadam::name, step);
  check_number(Nadam::name, "epsilon", step.epsilon, Range::finite_and_not_negative);
  require(Nadam::name, !variables.empty(), "momentums", momentums);
  require(Nadam::name, !variables.empty(), "velocities", velocities);
  update<Nadam>(step, variables, gradients, {&momentums, &velocities, nullptr});
}

void adamax_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums, const Tensors& norms,
                   const AdamaxStep& step) {
  check_rates<Adamax>(step);
  check_betas(Adamax::name, step);
  check_number(Adamax::name, "epsilon", step.epsilon, Range::finite_and_not_negative);
  require(Adamax::name, !variables.empty(), "momentums", momentums);
  require(Adamax::name, !variables.empty(), "norms", norms);
  update<Adamax>(step, variables, gradients, {&momentums, &norms, nullptr});
}

void adagrad_update(const Tensors& variables, const Tensors& gradients, const Tensors& accumulators,
                    const AdagradStep& step) {
  check_rates<Adagrad>(step);
  check_number(Adagrad::name, "epsilon", step.epsilon, Range::finite_and_not_negative);
  require(Adagrad::name, !variables.empty(), "accumulators", accumulators);
  update<Adagrad>(step, variables, gradients, {&accumulators, nullptr, nullptr});
}

void adadelta_update(const Tensors& variables, const Tensors& gradients, const Tensors& squares, const Tensors& changes,
                     const AdadeltaStep& step) {
  check_rates<Adadelta>(step);
  check_number(Adadelta::name, "rho", step.rho, Range::from_0_to_1);
  check_number(Adadelta::name, "epsilon", step.epsilon, Range::finite_and_not_negative);
  require(Adadelta::name, !variables.empty(), "squares", squares);
  require(Adadelta::name, !variables.empty(), "changes", changes);
  update<Adadelta>(step, variables, gradients, {&squares, &changes, nullptr});
}

void lion_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums, const LionStep& step) {
  check_rates<Lion>(step);
  check_betas(Lion::name, step);
  require(Lion::name, !variables.empty(), "momentums", momentums);
  update<Lion>(step, variables, gradients, {&momentums, nullptr, nullptr});
}

void ftrl_update(const Tensors& variables, const Tensors& gradients, const Tensors& accumulators,
                 const Tensors& linears, const FtrlStep& step) {
  check_rates<Ftrl>(step);
  if (!step.rates.defined()) {
    check_number(Ftrl::name, "learning_rate", step.learning_rate, Range::finite_and_positive);
  }
  check_number(Ftrl::name, "-learning_rate_power", -step.learning_rate_power, Range::finite_and_not_negative);
  check_number(Ftrl::name, "l1", step.l1, Range::finite_and_not_negative);
  check_number(Ftrl::name, "l2", step.l2, Range::finite_and_not_negative);
  check_number(Ftrl::name, "l2_shrinkage", step.l2_shrinkage, Range::finite_and_not_negative);
  check_number(Ftrl::name, "beta", step.beta, Range::finite);
  require(Ftrl::name, !variables.empty(), "accumulators", accumulators);
  require(Ftrl::name, !variables.empty(), "linears", linears);
  update<Ftrl>(step, variables, gradients, {&accumulators, &linears, nullptr});
}

void ops::describe_elementwise_updates(autograd::Registry& to) {
  to.add_list_in_place<Update<Sgd>>(Sgd::name);
  to.add_list_in_place<Update<Adam>>(Adam::name);
  to.add_list_in_place<Update<Rmsprop>>(Rmsprop::name);
  to.add_list_in_place<Update<Nadam>>(Nadam::name);
  to.add_list_in_place<Update<Adamax>>(Adamax::name);
  to.add_list_in_place<Update<Adagrad>>(Adagrad::name);
  to.add_list_in_place<Update<Adadelta>>(Adadelta::name);
  to.add_list_in_place<Update<Lion>>(Lion::name);
  to.add_list_in_place<Update<Ftrl>>(Ftrl::name);
}

}  // namespace xtape
