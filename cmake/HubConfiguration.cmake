# A line of a file of configurations of the hub: a name, then parameters of rtl/hub.sv, NAME=VALUE each.
#
# moehub_configuration(<line> <name> <overrides> <params>) sets the variables named: the name, Verilator's -G arguments,
# and assignments to the fields of a `HubParams params` in C++.
function(moehub_configuration line name overrides params)
  string(REGEX MATCHALL "[^ ]+" words "${line}")
  list(POP_FRONT words first)
  set(arguments)
  set(fields)
  foreach(word IN LISTS words)
    list(APPEND arguments -G${word})
    string(REPLACE "=" ";" pair ${word})
    list(GET pair 0 key)
    list(GET pair 1 value)
    string(TOLOWER ${key} field)
    string(APPEND fields "params.${field} = ${value};\n  ")
  endforeach()
  set(${name} ${first} PARENT_SCOPE)
  set(${overrides} ${arguments} PARENT_SCOPE)
  set(${params} "${fields}" PARENT_SCOPE)
endfunction()
