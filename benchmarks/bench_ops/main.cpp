// bench_ops [--threads N] [--only group,...] [--rows name,...]: time per call of single ops, op chains, optimizer steps
// and one-sample inference. Compiled twice, with the groups of xtape and with those of libtorch.

#include <cstdio>
#include <exception>
#include <utility>

#include "groups.hpp"

int main(int argc, char** argv) try {
  constexpr std::pair<const char*, void (*)(const bench::Runner&)> groups[] = {
      {"elementwise", bench::elementwise}, {"reductions", bench::reductions},     {"shapes", bench::shapes},
      {"matmuls", bench::matmuls},         {"convolutions", bench::convolutions}, {"networks", bench::networks},
      {"chains", bench::chains},           {"optimizers", bench::optimizers},     {"inference", bench::inference},
  };
  const bench::Arguments arguments(argc, argv);
  const bench::Runner runner(arguments);
  const auto only = arguments.list("only");
  bench::set_threads(runner.threads());
  for (const auto& [name, run] : groups) {
    if (only.empty() || std::find(only.begin(), only.end(), name) != only.end()) run(runner);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_ops: %s\n", error.what());
  return 1;
}
