#pragma once

#include <string>
#include <xtape/config.hpp>
#include <xtape/export.hpp>
#include <xtape/fields.hpp>

namespace xtape {

/// What is made with options and can be written: the base of what optimizers, metrics, losses, initializers,
/// regularizers and constraints do.
class XTAPE_API Configurable {
 public:
  virtual ~Configurable() = default;
  /// Keras's name of the class, by which it is written. By default @throws ValueError: only the library's can be.
  virtual std::string class_name() const;
  /// Lists its options (fields.hpp). By default @throws ValueError.
  virtual void fields(Fields& f);
  /// The options by Keras's names. @throws ValueError for what cannot be written, such as a function.
  Config get_config() const;

 protected:
  Configurable() = default;
  Configurable(const Configurable&) = default;
  Configurable(Configurable&&) = default;
  Configurable& operator=(const Configurable&) = default;
  Configurable& operator=(Configurable&&) = default;
};

}  // namespace xtape
