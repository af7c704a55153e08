// The contract of a hub, as tests that know nothing but its port. A test file for a kind of hub is this
// header, a struct (see contract_fixture.hpp), and one line:
//
//   MOEHUB_HUB_CONTRACT(MyHub, MyKind);   // inside namespace moehub::test
#pragma once

#include "tests/unit/hub/contract_delivery.hpp"
#include "tests/unit/hub/contract_readiness.hpp"
#include "tests/unit/hub/contract_refusals.hpp"
#include "tests/unit/hub/contract_table.hpp"

#define MOEHUB_HUB_CONTRACT(prefix, kind)                          \
  INSTANTIATE_TYPED_TEST_SUITE_P(prefix, HubDelivery, kind);       \
  INSTANTIATE_TYPED_TEST_SUITE_P(prefix, HubReadiness, kind);      \
  INSTANTIATE_TYPED_TEST_SUITE_P(prefix, HubRefusals, kind);       \
  INSTANTIATE_TYPED_TEST_SUITE_P(prefix, HubTable, kind)
