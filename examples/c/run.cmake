# Runs the example twice on one checkpoint: the first run counts, the second has nothing to add.
#   cmake -DEXAMPLE=... -DDATA=... -DWORK=... -P run.cmake
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
set(ENV{TZ} UTC)
execute_process(COMMAND ${EXAMPLE} ${DATA} ${WORK}/checkpoint OUTPUT_VARIABLE first
  ERROR_VARIABLE errors RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "the example failed (${code}): ${errors}\n${first}")
endif()
foreach(row "10:00:00 *\\|/home *\\|2 *\\|15.0 " "10:00:00 *\\|/cart *\\|1 *\\|7.5 "
    "10:10:00 *\\|/home *\\|1 *\\|30.0 ")
  if(NOT first MATCHES "${row}")
    message(FATAL_ERROR "no row like ${row} in:\n${first}")
  endif()
endforeach()
execute_process(COMMAND ${EXAMPLE} ${DATA} ${WORK}/checkpoint OUTPUT_VARIABLE second
  ERROR_VARIABLE errors RESULT_VARIABLE code)
if(NOT code EQUAL 0 OR second MATCHES "/home")
  message(FATAL_ERROR "the second run counted again (${code}): ${errors}\n${second}")
endif()
