#pragma once

namespace xtape::models {

// Notes SIGINT while an instance lives, where `asked`, in place of the handler before, which is there again at the end
// and as soon as one was noted: a second Ctrl-C does what it always does.
class StopOnInterrupt {
 public:
  explicit StopOnInterrupt(bool asked);
  ~StopOnInterrupt();
  StopOnInterrupt(const StopOnInterrupt&) = delete;
  StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;

  bool requested() const;

 private:
  bool asked_;
};

}  // namespace xtape::models
