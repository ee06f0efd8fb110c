#include <exception>
#include <utility>
#include <xtape/error.hpp>

namespace xtape {

struct Error::Text {
  Text(std::string given_path, std::string given_message)
      : path(std::move(given_path)),
        message(std::move(given_message)),
        what(path.empty() ? message : path + ": " + message) {}
  std::string path, message, what;
};

Error::Error(const std::string& message, const std::string& path)
    : text_(std::make_shared<const Text>(path, message)) {}

const char* Error::what() const noexcept { return text_->what.c_str(); }
const std::string& Error::path() const noexcept { return text_->path; }
const std::string& Error::message() const noexcept { return text_->message; }

Error::operator const std::exception&() const { return dynamic_cast<const std::exception&>(*this); }

void Error::prepend_path(const std::string& layer) {
  text_ = std::make_shared<const Text>(path().empty() ? layer : layer + '/' + path(), message());
}

void Error::set_message(const std::string& message) { text_ = std::make_shared<const Text>(path(), message); }

}  // namespace xtape
