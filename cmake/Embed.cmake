# Files inside the program.
#
#   moehub_embed(<target> <name> <file>)
#
# compiles `const std::string_view <name>()` of namespace moehub::embedded, the bytes of the file, into the target.

if(CMAKE_SCRIPT_MODE_FILE)  # called by the build: FROM, TO, NAME
  file(READ ${FROM} bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")  # 16 a line
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  file(WRITE ${TO} "#include \"sim/report/embedded.hpp\"\n\nnamespace moehub::embedded {\n\n"
    "std::string_view ${NAME}() {\n  static constexpr char kBytes[] = {\n${bytes}};\n"
    "  return {kBytes, sizeof(kBytes)};\n}\n\n}  // namespace moehub::embedded\n")
  return()
endif()

function(moehub_embed target name file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.cpp)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DFROM=${file} -DTO=${source} -DNAME=${name} -P ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake COMMENT "Embedding ${name}" VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
