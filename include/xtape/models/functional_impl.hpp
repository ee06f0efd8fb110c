#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/detail/tells_output_types.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::models {

class Graph;

/// What a functional model does. One with steps of its own derives from it, and is made of symbols as a Model is:
/// ```
/// struct CustomModelImpl : FunctionalImpl {
///   using FunctionalImpl::FunctionalImpl;
///   callbacks::Logs train_step(const Batch& batch) override;
/// };
/// using CustomModel = Handle<CustomModelImpl>;
/// const CustomModel model(inputs, outputs);
/// ```
/// It has no `call`: what it computes is the graph. Symbols in braces are spelt out: `Symbols{title, tags}`.
class XTAPE_API FunctionalImpl : public ModelImpl, public layers::TellsOutputTypes {
 public:
  using Options = ModelOptions;
  /// @throws as the constructor of Model.
  FunctionalImpl(const Symbols& inputs, const Symbols& outputs, ModelOptions options = {});
  ~FunctionalImpl() override;

  void fields(Fields& f) override;
  std::optional<std::string> place_of_part(std::size_t part) const override;
  /// The layers were built as they were called on symbols.
  void build(const Shape&) override {}
  void build_all(const std::vector<Shape>&) override {}
  std::vector<Tensor> run(const layers::Arguments<Tensor>& arguments) override;
  Tensor run_one(const Tensor& x) override;

  Shape compute_output_shape(const Shape& input_shape) override;
  std::vector<Shape> compute_output_shapes(const layers::Arguments<Symbol>& arguments) override;

  std::vector<DType> output_dtypes(const layers::Arguments<Symbol>& arguments) override;

  bool has_graph() const override { return true; }
  std::vector<std::string> input_names() const override;
  std::vector<std::string> output_names() const override;
  /// Inputs and outputs as the model was made with them.
  Symbols given_inputs() const;
  Symbols given_outputs() const;
  std::vector<Symbol> inputs() override;
  std::vector<Symbol> outputs() override;
  /// For the library's own use.
  const Graph& graph() const;
  using MakeAlike = detail::Reference<layers::LayerImpl> (*)(const Symbols& inputs, const Symbols& outputs,
                                                             ModelOptions options);
  /// For the library's own use: makes a model of the same class; null if that is not made of these three.
  MakeAlike make_alike() const { return make_alike_; }
  template <class Impl>
  void made_as() {
    ModelImpl::made_as<Impl>();
    ensure_built(inputs().front().shape());
    if constexpr (std::is_constructible_v<Impl, const Symbols&, const Symbols&, ModelOptions>) {
      make_alike_ = [](const Symbols& inputs, const Symbols& outputs, ModelOptions options) {
        return layers::make_layer<Impl>(inputs, outputs, std::move(options));
      };
    }
  }

 protected:
  void check_input(const Shape& shape) const override { check_inputs({shape}); }
  void check_inputs(const std::vector<Shape>& shapes) const override;

 private:
  struct Step;
  struct Plan;

  void plan();
  template <class T>
  static layers::Arguments<T> arguments_of(const Step& step, const std::vector<T>& values);
  void run_step(const Step& step, std::vector<Tensor>& values);
  std::vector<Tensor> compute(std::vector<Tensor> values);

  std::unique_ptr<Plan> plan_;
  MakeAlike make_alike_ = nullptr;
};

}  // namespace xtape::models

namespace xtape {
using models::FunctionalImpl;
}
