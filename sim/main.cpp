// The program `moehub`.
#include <cstdlib>
#include <systemc>

#include "sim/cli.hpp"
#include "sim/run.hpp"

int sc_main(int argc, char* argv[]) {
  return moehub::run_command_line(argc, argv, {moehub::run, moehub::run_sweep});
}

// SystemC's own main() would print a banner to stderr, where errors are to be the only line.
int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
