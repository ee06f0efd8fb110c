#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace xtape::test {

struct ProgramResult {
  int status = -1;
  std::string output;  // errors too
};

// Runs a program as a shell does; `arguments` hold no letters that a shell looks at but spaces.
inline ProgramResult run_program(const std::string& program, const std::string& arguments) {
  FILE* const pipe = popen(('"' + program + "\" " + arguments + " 2>&1").c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + program);
  ProgramResult result;
  std::array<char, 4096> part;
  while (const std::size_t count = std::fread(part.data(), 1, part.size(), pipe))
    result.output.append(part.data(), count);
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

}  // namespace xtape::test
