// System and model files: what they may say, what is refused and how, and that the files that ship
// are complete.
#include "sim/config_io.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "model/base/file.hpp"
#include "sim/config_keys.hpp"
#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

using test::expect_input_error;

class ConfigFiles : public testing::Test {
 protected:
  void SetUp() override {
    file_ = (std::filesystem::temp_directory_path() /
             ("moehub_config_" + std::to_string(getpid()) + "_" +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml"))
                .string();
  }
  void TearDown() override { std::filesystem::remove(file_); }

  SystemConfig system(const std::string& text) const {
    write_file(file_, text);
    return load_system(file_);
  }
  ModelConfig model(const std::string& text) const {
    write_file(file_, text);
    return load_model(file_);
  }
  void refuse_system(const std::string& text, std::initializer_list<std::string> parts) const {
    expect_input_error([&] { system(text); }, parts);
    expect_input_error([&] { system(text); }, {file_ + ": "});
  }
  void refuse_model(const std::string& text, std::initializer_list<std::string> parts) const {
    expect_input_error([&] { model(text); }, parts);
    expect_input_error([&] { model(text); }, {file_ + ": "});
  }

 private:
  std::string file_;
};

constexpr const char* kModel =
    "name = \"m\"\nhidden = 1024\nexpert_ffn = 512\nnum_experts = 8\ntop_k = 2\nlayers = 4\n"
    "moe_layers = 4\n";

TEST_F(ConfigFiles, ValuesOfEveryTypeAreTaken) {
  const SystemConfig s = system(
      "name = \"box\"\n[fabric]\ngpus = 4\nlinks_per_gpu = 0x10\n"
      "gb_per_s_per_direction = 100\n[hub.policy]\nmerge = false\n");
  EXPECT_EQ(s.name, "box");
  EXPECT_EQ(s.fabric.gpus, 4);
  EXPECT_EQ(s.fabric.links_per_gpu, 16);
  EXPECT_EQ(s.fabric.gb_per_s_per_direction, 100.0) << "an integer is a number too";
  EXPECT_FALSE(s.hub.policy.merge);
  EXPECT_TRUE(s.hub.policy.timer) << "what is not mentioned keeps its default";
  EXPECT_EQ(system("hub.lanes = 2\n").hub.lanes, 2) << "dotted keys";
}

TEST_F(ConfigFiles, UnknownKeysAreRefusedWithLineAndNearestKey) {
  refuse_system("[hub]\nlanes = 4\nrat_entrys = 64\n",
                {": line 3: unknown key 'hub.rat_entrys', expected hub.rat_entries"});
  refuse_system("[fabric]\nrat_entries = 64\n", {"line 2", "expected hub.rat_entries"});
  refuse_system("rat_entries = 64\n", {"line 1", "expected hub.rat_entries"});
  refuse_system("[hub.polcy]\nmerge = true\n", {"line 1: unknown key 'hub.polcy'"});
  refuse_system("[gpu]\nflux_capacitor = 1\n", {"line 2", "expected one of name, gpu.sms, "});
  refuse_model(std::string(kModel) + "hiden = 3\n", {"line 8: unknown key 'hiden', expected hidden"});
}

TEST_F(ConfigFiles, WrongTypesAndRangesAreRefusedWithLineAndRange) {
  refuse_system("[fabric]\ngpus = \"8\"\n",
                {"line 2: fabric.gpus: ", "8", "an integer from 1 to 96"});
  refuse_system("[fabric]\ngpus = 8.0\n", {"line 2: fabric.gpus", "an integer"});
  refuse_system("[fabric]\ngpus = 0\n", {"fabric.gpus: 0"});
  refuse_system("[fabric]\ngpus = 99999999999\n", {"fabric.gpus: 99999999999"});
  refuse_system("[gpu]\nhbm_efficiency = 1.5\n", {"gpu.hbm_efficiency: 1.5", "a number from"});
  refuse_system("[gpu]\nhbm_efficiency = nan\n", {"gpu.hbm_efficiency: nan"});
  refuse_system("[gpu]\nhbm_efficiency = true\n", {"gpu.hbm_efficiency: true", "a number"});
  refuse_system("[hub.policy]\nmerge = 1\n", {"hub.policy.merge: 1", "true or false"});
  refuse_system("name = 3\n", {"line 1: name: 3", "a string"});
  refuse_system("hub = 3\n", {"line 1: unknown key 'hub'"});
  refuse_system("[hub]\nlanes = [4,\n 4]\n", {"line 2: hub.lanes"});
  refuse_system("[hub.lanes]\nx = 1\n", {"line 1: hub.lanes"});
}

TEST_F(ConfigFiles, WhatIsNotTomlIsRefusedWithItsLine) {
  refuse_system("[hub]\nlanes =\n", {"line 2: ", "expected TOML"});
  refuse_system("[hub\n", {"line 1: "});
  refuse_system("[hub]\nlanes = 1\nlanes = 2\n", {"line 3: "});
}

TEST_F(ConfigFiles, ModelsThatMakeNoSenseAreRefused) {
  EXPECT_EQ(model(kModel).row_bytes(), 2048);
  refuse_model("name = \"m\"\n", {"hidden: missing", "a line 'hidden = ...'"});
  refuse_model(std::string(kModel) + "first_dense = 1\n", {"moe_layers: 4", "at most 3"});
  std::string text = kModel;
  text.replace(text.find("top_k = 2"), 9, "top_k = 9");
  refuse_model(text, {"top_k: 9", "at most num_experts, 8"});
  text = kModel;
  text.replace(text.find("hidden = 1024"), 13, "hidden = 40000");
  refuse_model(text, {"hidden: 40000", "65536 bytes"});
}

TEST_F(ConfigFiles, GatesThatMakeNoSenseAreRefused) {
  const std::string text = kModel;  // 8 experts, top 2
  const ModelConfig grouped = model(text +
                                    "scoring = \"sigmoid+bias\"\nexpert_groups = 4\ngroups_per_token = 2\n"
                                    "group_score = \"top2-sum\"\n");
  EXPECT_EQ(grouped.expert_groups, 4);
  EXPECT_EQ(grouped.groups_per_token, 2);
  refuse_model(text + "scoring = \"tanh\"\n", {"scoring: 'tanh'", "one of softmax, softmax-after-top-k, "});
  refuse_model(text + "group_score = \"mean\"\n", {"group_score: 'mean'", "one of max, top2-sum"});
  refuse_model(text + "expert_groups = 3\n", {"expert_groups: 3", "a divisor of num_experts, 8"});
  refuse_model(text + "expert_groups = 4\ngroups_per_token = 5\n", {"groups_per_token: 5", "1 to 4"});
  refuse_model(text + "expert_groups = 8\n", {"groups_per_token: 1", "2 to 8: room for top_k"});
  refuse_model(text + "expert_groups = 8\ngroups_per_token = 2\ngroup_score = \"top2-sum\"\n",
               {"expert_groups: 8", "groups of 2 experts or more"});
  refuse_model(text + "expert_groups = 0\n", {"line 8: expert_groups: 0", "an integer from 1"});
}

TEST(Config, SystemsThatMakeNoSenseAreRefused) {
  const auto refuse = [](auto change, std::initializer_list<std::string> parts) {
    SystemConfig system;
    EXPECT_NO_THROW(validate(system, "f.toml"));
    change(system);
    expect_input_error([&] { validate(system, "f.toml"); }, parts);
  };
  refuse([](SystemConfig& s) { s.fabric.gpus = 9; },
         {"f.toml: fabric.gpus: 9", "at most 8, the peers of the hub"});
  refuse([](SystemConfig& s) { s.hub.rat_banks = 12; }, {"hub.rat_banks: 12", "power of two"});
  refuse([](SystemConfig& s) { s.hub.rat_entries = 100; }, {"hub.rat_entries: 100", "64 "});
  refuse([](SystemConfig& s) { s.hub.rat_entries = 192; }, {"hub.rat_entries: 192"});
  refuse([](SystemConfig& s) { s.hub.entries = 63; }, {"hub.entries: 63", "multiple of hub.lanes, 4"});
  refuse([](SystemConfig& s) { s.hub.tile_rows = 100; }, {"hub.tile_rows: 100"});
  refuse([](SystemConfig& s) { s.placement.experts = "best"; },
         {"f.toml: placement.experts: 'best'", "one of contiguous, round-robin, balanced"});
  refuse([](SystemConfig& s) { s.placement.redundant_experts = 8; },
         {"placement.redundant_experts: 8", "placement.experts balanced (here contiguous)"});
  refuse([](SystemConfig& s) { s.placement.attention_tp = 3; },
         {"placement.attention_tp: 3", "a divisor of the number of GPUs, 8"});
  SystemConfig small;
  small.hub.rat_entries = 64;
  EXPECT_NO_THROW(validate(small, "f"));
  EXPECT_EQ(small.hub.rat_sets(), 1);
}

TEST(Config, NamesWithoutAPathAreLookedUp) {
  EXPECT_EQ(load_system("dgx-h800").name, "dgx-h800");
  EXPECT_EQ(load_model("mixtral-8x7b").hidden, 4096);
  expect_input_error([] { load_system("dgx"); },
                     {"command line: --system: 'dgx'", "dgx-h100, dgx-h200, dgx-h800, dgx-h800-400"});
  expect_input_error([] { load_model("gpt"); }, {"command line: --model: 'gpt'", "mixtral-8x7b"});
  expect_input_error([] { load_model("./none.toml"); }, {"./none.toml: cannot be read"});
  expect_input_error([] { load_model("none.toml"); }, {"none.toml: cannot be read"});
}

// Every system that ships: named as its file, and consistent. The default one shows every key there is,
// others say what differs from it. Models: models_test.cpp.
TEST(Config, ShippedSystemsAreComplete) {
  std::set<std::string> systems;
  for (const std::string& name : known_configs("systems")) {
    systems.insert(name);
    const std::string file = find_config("systems", name, "--system");
    SystemConfig system = load_system(name);
    EXPECT_EQ(system.name, name);
    EXPECT_NO_THROW(validate(system, file));
    if (name != "dgx-h800") continue;
    const std::string text = read_file(file);
    for (const ConfigKey& key : system_keys(system)) {
      const std::string line = "\n" + key.name.substr(key.name.rfind('.') + 1) + " =";
      EXPECT_NE(text.find(line), std::string::npos) << file << " leaves " << key.name << " out";
    }
  }
  for (const char* name : {"dgx-h800", "dgx-h100"}) EXPECT_EQ(systems.count(name), 1u) << name;
}

// The defaults in the structs are the paper's machine, like the file.
TEST(Config, DefaultsAreTheDgxH800) {
  SystemConfig defaults;
  SystemConfig file = load_system("dgx-h800");
  const std::vector<ConfigKey> a = system_keys(defaults), b = system_keys(file);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::visit(
        [&](auto* field) {
          EXPECT_EQ(*field, *std::get<decltype(field)>(b[i].field)) << a[i].name;
        },
        a[i].field);
  }
}

TEST(Config, NoTwoKeysShareAFieldOrAName) {
  SystemConfig system;
  ModelConfig model;
  for (const auto& keys : {system_keys(system), model_keys(model)}) {
    std::set<std::string> names;
    std::set<const void*> fields;
    for (const ConfigKey& key : keys) {
      EXPECT_TRUE(names.insert(key.name).second) << key.name;
      const void* field = std::visit([](auto* f) -> const void* { return f; }, key.field);
      EXPECT_TRUE(fields.insert(field).second) << key.name;
    }
  }
}

TEST(Setting, OverridesSystemAndModel) {
  SystemConfig system;
  ModelConfig model;
  for (const char* setting :
       {"hub.rat_entries=64", "fabric.gb_per_s_per_direction=400", "hub.policy.merge=false",
        "name=test", "name=\"two words\"", "model.top_k=4", "gpu.hbm_efficiency=0.5"}) {
    EXPECT_NO_THROW(apply_setting(setting, system, model)) << setting;
  }
  EXPECT_EQ(system.hub.rat_entries, 64);
  EXPECT_EQ(system.fabric.gb_per_s_per_direction, 400);
  EXPECT_FALSE(system.hub.policy.merge);
  EXPECT_EQ(system.name, "two words");
  EXPECT_EQ(model.top_k, 4);
  EXPECT_EQ(system.gpu.hbm_efficiency, 0.5);
}

TEST(Setting, MistakesAreNamed) {
  SystemConfig system;
  ModelConfig model;
  const auto refuse = [&](const char* setting, std::initializer_list<std::string> parts) {
    expect_input_error([&] { apply_setting(setting, system, model); }, parts);
  };
  refuse("hub.rat_entries", {"command line: --set: 'hub.rat_entries'", "KEY=VALUE"});
  refuse("=3", {"KEY=VALUE"});
  refuse("hub.rat_entrees=3", {"unknown key 'hub.rat_entrees', expected hub.rat_entries"});
  refuse("topk=3", {"expected model.top_k"});
  refuse("hub.rat_entries=many", {"--set hub.rat_entries: 'many'", "an integer from"});
  refuse("hub.rat_entries=", {"--set hub.rat_entries: ''"});
  refuse("hub.rat_entries=1.5", {"'1.5'"});
  refuse("hub.rat_entries=[1]", {"'[1]'"});
  refuse("fabric.gpus=1000", {"'1000'", "from 1 to 96"});
}

}  // namespace
}  // namespace moehub
