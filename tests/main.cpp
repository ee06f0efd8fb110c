// The one place where Catch2's own code is compiled (2.13) or its session started (3.x).
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

int main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
using Listener = Catch::EventListenerBase;
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
using Listener = Catch::TestEventListenerBase;
#endif

#include <cstdlib>
#include <xtape/random.hpp>

namespace {

// Each case draws the same random numbers in every run, alone or among others: one that fails for some draws fails
// always or never. XTAPE_TEST_SEED=N gives others, to look for such cases.
class SeedsEachCase : public Listener {
 public:
  using Listener::Listener;
  void testCaseStarting(const Catch::TestCaseInfo&) override {
    const char* given = std::getenv("XTAPE_TEST_SEED");
    xtape::set_random_seed(given ? std::strtoull(given, nullptr, 10) : 0);
  }
};

CATCH_REGISTER_LISTENER(SeedsEachCase)

}  // namespace
