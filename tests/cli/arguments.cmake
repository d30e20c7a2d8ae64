# What the command says about its arguments, and where it finds the fault in a script.
#   cmake -DMILLRACE=... -DWORK=... -P arguments.cmake
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

# expect(CODE STREAM REGEX arguments...)
function(expect code stream regex)
  execute_process(COMMAND ${MILLRACE} ${ARGN} WORKING_DIRECTORY ${WORK}
    OUTPUT_VARIABLE stdout ERROR_VARIABLE stderr RESULT_VARIABLE got)
  if(NOT got EQUAL code OR NOT "${${stream}}" MATCHES "${regex}")
    message(FATAL_ERROR "millrace ${ARGN}: ended with ${got}, not ${code}, or no '${regex}' in its "
      "${stream}:\n${stdout}${stderr}")
  endif()
endfunction()

expect(0 stdout "^usage: millrace run" --help)
expect(0 stdout "^usage: millrace run" -h)
expect(0 stdout "^usage: millrace run" run --help)
expect(0 stdout "^millrace [0-9]" --version)
expect(2 stderr "^millrace: a command is missing\nusage:")
expect(2 stderr "^millrace: there is no command walk\n" walk)
expect(2 stderr "^millrace: run takes one file\n" run)
expect(2 stderr "^millrace: run takes one file\n" run a.sql b.sql)
expect(2 stderr "^millrace: serve does not know --port\n" serve --port 1)
expect(2 stderr "^millrace: a value is missing after --listen\n" serve --listen)
expect(2 stderr "^millrace: checkpoint takes" checkpoint publish)
expect(1 stderr "^millrace: \"15002\" is not host:port\n" serve --listen 15002)
expect(1 stderr "^millrace: cannot open nothing.sql: No such file" run nothing.sql)
expect(1 stderr "^millrace: .* is no checkpoint of a query" checkpoint publish ${WORK})

file(WRITE ${WORK}/syntax.sql "SELECT 1;\n\nSELECT 2\nFORM x y;\n")
expect(1 stderr "^millrace: syntax.sql, the statement that begins in line 3: .PARSE_SYNTAX_ERROR.*line 2, pos 5"
  run syntax.sql)
file(WRITE ${WORK}/column.sql "CREATE TEMP VIEW v AS SELECT 1 AS a;\nSELECT\n  b\nFROM v;\n")
expect(1 stderr "^millrace: column.sql, the statement that begins in line 2: .UNRESOLVED_COLUMN.*line 2 pos 2"
  run column.sql)
file(WRITE ${WORK}/empty.sql "-- nothing\n")
expect(0 stdout "^$" run empty.sql)
file(WRITE ${WORK}/paths.sql
  "CREATE TABLE t (a INT) USING json OPTIONS (path 'a') LOCATION 'b';\nSELECT 1;\n")
expect(1 stderr "begins in line 1: Duplicated table paths found: 'a' and 'b'" run paths.sql)
file(WRITE ${WORK}/semicolon.sql "CREATE TABLE t (a INT) USING json LOCATION 'b'\nSELECT 1;\n")
expect(1 stderr "with both a path and a query is not supported" run semicolon.sql)
string(ASCII 239 187 191 mark)
file(WRITE ${WORK}/mark.sql "${mark}SELECT 1 AS a;\r\n")
expect(0 stdout "a" run mark.sql)
if(EXISTS /dev/full)
  execute_process(COMMAND ${MILLRACE} run mark.sql WORKING_DIRECTORY ${WORK}
    OUTPUT_FILE /dev/full ERROR_VARIABLE stderr RESULT_VARIABLE code)
  if(NOT code EQUAL 1 OR NOT stderr MATCHES "standard output could not be written")
    message(FATAL_ERROR "a full standard output went unnoticed (${code}): ${stderr}")
  endif()
endif()
