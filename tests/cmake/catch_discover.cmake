# hayago_discover(target): registers the target's test cases with ctest, split by the tag [slow].
# Hidden ones (tag [.full]) are left out: minutes each, run by hand.
include(/usr/lib/cmake/Catch2/Catch.cmake OPTIONAL RESULT_VARIABLE catch_module)
if(NOT catch_module)
  find_package(Catch2 2 REQUIRED)
  include(Catch)
endif()

function(hayago_discover target)
  set(common SKIP_REGULAR_EXPRESSION "\\[skipped\\]")
  catch_discover_tests(${target} TEST_SPEC "~[slow]~[.]" TEST_PREFIX "${target}: "
    DISCOVERY_MODE PRE_TEST TEST_LIST ${target}_quick
    PROPERTIES LABELS quick TIMEOUT 600 ${common})
  catch_discover_tests(${target} TEST_SPEC "[slow]" TEST_PREFIX "${target}: "
    DISCOVERY_MODE PRE_TEST TEST_LIST ${target}_slow TEST_SUFFIX " (slow)"
    PROPERTIES LABELS slow TIMEOUT 1500 ${common})
endfunction()
