// What a test asks of an InputError: that it is thrown, and says these things, in one line.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "model/base/input_error.hpp"

namespace moehub::test {

/// `action` must throw an InputError whose line has every one of `parts`, and an expectation.
template <typename Action>
void expect_input_error(Action action, std::initializer_list<std::string> parts) {
  try {
    action();
  } catch (const InputError& error) {
    const std::string line = error.what();
    for (const std::string& part : parts) EXPECT_THAT(line, testing::HasSubstr(part));
    EXPECT_THAT(line, testing::HasSubstr(", expected "));
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("\n")));
    return;
  }
  ADD_FAILURE() << "bad input was accepted";
}

}  // namespace moehub::test
