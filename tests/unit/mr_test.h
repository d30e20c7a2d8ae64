/* mr_test.h - what every unit test includes first: cmocka in the order it wants, and two helpers.
 */
#ifndef MR_TEST_H
#define MR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"

/* Fails the test with the error's text unless `call`, which fills `err`, returns MR_OK. */
#define CHECK_OK(call, err)                                                                        \
    do {                                                                                           \
        if ((call) != MR_OK)                                                                       \
            fail_msg("%s: %s", #call, (err)->message);                                             \
    } while (0)

/* Fails the test unless `call` fails with the condition `name` of Spark. */
#define CHECK_RAISES(call, err, name)                                                              \
    do {                                                                                           \
        if ((call) == MR_OK)                                                                       \
            fail_msg("%s succeeded, expected %s", #call, name);                                    \
        assert_string_equal((err)->condition, name);                                               \
    } while (0)

#endif /* MR_TEST_H */
