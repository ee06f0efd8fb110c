#include <utility>
#include <vector>
#include <xtape/detail/construction_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

// Layers in layers go one by one, not each within the one around it.
void release_last(LayerImpl* layer) noexcept {
  constinit thread_local static std::vector<LayerImpl*>* going = nullptr;
  if (going) return going->push_back(layer);
  std::vector<LayerImpl*> list{layer};
  going = &list;
  while (!list.empty()) {
    LayerImpl* const last = list.back();
    list.pop_back();
    delete last;
  }
  going = nullptr;
}

Layer::Layer(detail::Reference<LayerImpl> impl) noexcept : impl_(impl.detach()) { ConstructionScope::note(this, nullptr); }

Layer::Layer(const Layer& other) noexcept : impl_(other.impl_) {
  impl_->add_reference();
  ConstructionScope::note(this, &other);
}

Layer& Layer::operator=(const Layer& other) noexcept {
  other.impl_->add_reference();
  LayerImpl* const before = std::exchange(impl_, other.impl_);
  if (before->drop_reference()) release_last(before);
  ConstructionScope::note(this, &other);
  return *this;
}

Layer::~Layer() {
  ConstructionScope::strike(this);
  if (impl_->drop_reference()) release_last(impl_);
}

Tensor Layer::operator()(const Tensor& x, CallOptions options) const { return impl_->apply(x, options.training); }

Tensor Layer::operator()(const std::vector<Tensor>& inputs, CallOptions options) const {
  std::vector<Tensor> all = call_all(inputs, options);
  check_one(all.size());
  return std::move(all.front());
}

std::vector<Tensor> Layer::call_all(const std::vector<Tensor>& inputs, CallOptions options) const {
  return run(Arguments<Tensor>{inputs, {}, {}, options.training});
}

std::vector<Tensor> Layer::run(const Arguments<Tensor>& arguments) const { return impl_->apply_all(arguments); }

void Layer::check_one(std::size_t given) const {
  if (given == 1) return;
  throw ValueError("returns " + std::to_string(given) + " tensors; take them with call<" + std::to_string(given) +
                       ">({...}) or call_all({...})",
                   name());
}

void Layer::check_count(std::size_t given, std::size_t asked) const {
  if (given == asked) return;
  throw ValueError("returns " + std::to_string(given) + " tensors, " + std::to_string(asked) +
                       " were asked for: write call<" + std::to_string(given) + ">({...}), or take them with " +
                       "call_all({...})",
                   name());
}

void Layer::build(const Shape& input_shape) const { impl_->ensure_built(input_shape); }
bool Layer::built() const { return impl_->built(); }
const Shape& Layer::build_shape() const { return impl_->build_shape(); }
Shape Layer::compute_output_shape(const Shape& input_shape) const { return impl_->output_shape(input_shape); }
const Shape& Layer::input_shape() const { return impl_->input_shape(); }
const std::string& Layer::name() const { return impl_->name(); }
std::string Layer::class_name() const { return impl_->class_name(); }
DType Layer::dtype() const { return impl_->dtype(); }
bool Layer::trainable() const { return impl_->trainable(); }
void Layer::set_trainable(bool trainable) const { impl_->set_trainable(trainable); }
Config Layer::get_config() const { return impl_->get_config(); }

std::vector<Layer> Layer::layers() const {
  std::vector<Layer> result;
  for (const auto& part : impl_->parts()) result.emplace_back(part);
  return result;
}

}  // namespace xtape::layers
