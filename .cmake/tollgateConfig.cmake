# SPDX-License-Identifier: BSL-1.0
# find_package(tollgate [COMPONENTS json wide sqlite postgres]): tollgate::tollgate always,
# tollgate::<component> when asked for. Only what is asked for needs its library to be present.
include(CMakeFindDependencyMacro)

# One row per component.
set(tollgate_components json wide sqlite postgres)
set(tollgate_json_needs nlohmann_json)
set(tollgate_wide_needs Boost)
set(tollgate_sqlite_needs SQLite3)
set(tollgate_postgres_needs PostgreSQL)

find_dependency(tl-expected)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/tollgate-tollgate.cmake")

foreach(component IN LISTS tollgate_FIND_COMPONENTS)
  if(NOT component IN_LIST tollgate_components)
    list(JOIN tollgate_components ", " known)
    set(tollgate_${component}_FOUND FALSE)
    set(reason "tollgate has no component \"${component}\"; it has: ${known}")
  else()
    find_package(${tollgate_${component}_needs} QUIET)
    if(${tollgate_${component}_needs}_FOUND)
      include("${CMAKE_CURRENT_LIST_DIR}/tollgate-${component}.cmake")
      set(tollgate_${component}_FOUND TRUE)
    else()
      set(tollgate_${component}_FOUND FALSE)
      set(reason "component \"${component}\" of tollgate needs ${tollgate_${component}_needs}")
    endif()
  endif()
  if(NOT tollgate_${component}_FOUND AND tollgate_FIND_REQUIRED_${component})
    set(tollgate_FOUND FALSE)
    string(APPEND tollgate_NOT_FOUND_MESSAGE "${reason}\n")
  endif()
endforeach()
