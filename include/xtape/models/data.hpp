#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>
#include <xtape/detail/named.hpp>
#include <xtape/tensor.hpp>

namespace xtape::models {

/// The tensors that a model takes or gives: one, or several by position or by name.
/// ```
/// model.fit(x, y);
/// model.fit({title, tags}, {price, kind});
/// model.fit({{"title", title}, {"tags", tags}}, {{"price", price}, {"kind", kind}});
/// ```
class XTAPE_API Data {
 public:
  /// None.
  Data() = default;
  Data(Tensor one) : all_{std::move(one)} {}
  Data(std::initializer_list<Tensor> all) : all_(all) {}
  Data(std::vector<Tensor> all) : all_(std::move(all)) {}
  Data(std::initializer_list<detail::Named<Tensor>> all);

  /// Whether there is a tensor that is defined.
  bool defined() const noexcept;
  std::size_t size() const noexcept { return all_.size(); }
  const std::vector<Tensor>& all() const noexcept { return all_; }
  /// One for each tensor; empty if they are given by position.
  const std::vector<std::string>& names() const noexcept { return names_; }
  const Tensor& operator[](std::size_t position) const { return all_[position]; }
  /// These tensors by the same names, or by position where there are none. @throws ValueError unless they are as many
  /// as the names.
  Data with(std::vector<Tensor> all) const;

  /// The one tensor, undefined where there is none, as Python's None. @throws ValueError for several.
  operator const Tensor&() const;

 private:
  std::vector<Tensor> all_;
  std::vector<std::string> names_;
};

/// Some samples: what a model takes, the targets of its outputs, and how much each sample counts.
/// `const auto& [x, y, sample_weight] = batch;`
struct Batch {
  Data x;
  Data y = {};
  /// [samples] or of the shape of the loss's values: for all outputs, or for each of them. None: all count alike.
  Data sample_weight = {};
};

}  // namespace xtape::models
