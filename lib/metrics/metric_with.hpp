#pragma once

#include <string>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

// A metric that is made with Options, of which `name` is one: if that is empty, Keras's name of the class.
template <class Options>
class MetricWith : public MetricImpl {
 public:
  MetricWith(std::string class_name, Options options)
      : MetricImpl(options.name.empty() ? detail::to_snake_case(class_name) : options.name),
        class_name_(std::move(class_name)),
        options_(std::move(options)) {}

  std::string class_name() const override { return class_name_; }
  void fields(Fields& f) override {
    options_.name = name();
    options_.fields(f);
  }

 protected:
  const Options& options() const { return options_; }

 private:
  std::string class_name_;
  Options options_;
};

}  // namespace xtape::metrics
