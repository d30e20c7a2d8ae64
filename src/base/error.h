/* error.h - how calls fail.
 *
 * Everything that can fail returns mr_status and takes, last, an mr_error that belongs to the
 * caller (on its stack, NULL allowed).  The first failing function fills it; those above only pass
 * it on. What a user can cause carries Spark's condition name ("DIVIDE_BY_ZERO"), its sqlState, the
 * Java class a Spark client expects, and the message parameters.
 */
#ifndef MR_ERROR_H
#define MR_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

typedef enum mr_status {
    MR_OK = 0,
    MR_NOMEM,       /* a memory account is exhausted */
    MR_IO,          /* the system refused; sys_errno says why */
    MR_INVALID,     /* the caller's or the user's input is wrong */
    MR_UNSUPPORTED, /* understood, out of scope */
    MR_CORRUPT,     /* a file or message contradicts its format */
    MR_CONFLICT,    /* somebody else got there first (checkpoint, query name) */
    MR_CANCELLED,   /* stopped on request */
    MR_NOT_FOUND,   /* no such file, table, session, ... */
    MR_INTERNAL     /* a broken promise of our own */
} mr_status;

/* The Java exception a Spark client maps to its own type. */
typedef enum mr_exception {
    MR_EXC_NONE = 0,
    MR_EXC_ANALYSIS,         /* org.apache.spark.sql.AnalysisException */
    MR_EXC_PARSE,            /* org.apache.spark.sql.catalyst.parser.ParseException */
    MR_EXC_STREAMING,        /* org.apache.spark.sql.streaming.StreamingQueryException */
    MR_EXC_ARITHMETIC,       /* org.apache.spark.SparkArithmeticException */
    MR_EXC_NUMBER_FORMAT,    /* org.apache.spark.SparkNumberFormatException */
    MR_EXC_DATETIME,         /* org.apache.spark.SparkDateTimeException */
    MR_EXC_ARRAY_INDEX,      /* org.apache.spark.SparkArrayIndexOutOfBoundsException */
    MR_EXC_ILLEGAL_ARGUMENT, /* org.apache.spark.SparkIllegalArgumentException */
    MR_EXC_UNSUPPORTED,      /* org.apache.spark.SparkUnsupportedOperationException */
    MR_EXC_RUNTIME,          /* org.apache.spark.SparkRuntimeException */
    MR_EXC_SPARK,            /* org.apache.spark.SparkException */
    MR_EXC_UPGRADE,          /* org.apache.spark.SparkUpgradeException */
    MR_EXC_NO_SUCH_ELEMENT,  /* org.apache.spark.SparkNoSuchElementException */
    MR_EXC_INVALID_PLAN,     /* org.apache.spark.sql.connect.common.InvalidPlanInput */
    MR_EXC_CLASS_NOT_FOUND,  /* org.apache.spark.SparkClassNotFoundException */
    MR_EXC_ILLEGAL_STATE,    /* java.lang.IllegalStateException */
    MR_EXC_SQL               /* org.apache.spark.SparkSQLException */
} mr_exception;

#define MR_ERROR_PARAMS_MAX 12

typedef struct mr_error {
    mr_status status;
    int sys_errno;
    mr_exception exception;
    char condition[112]; /* Spark's, with subclass: "STREAMING_OUTPUT_MODE.INVALID"; "" = none */
    char root_condition[112]; /* of the innermost cause, when this error wraps one */
    char sqlstate[8];
    int n_params;
    uint16_t param_at[MR_ERROR_PARAMS_MAX][2]; /* offsets of key and value in `params` */
    uint16_t params_used;
    char params[3072]; /* NUL-terminated keys and values */
    int context_start; /* first and last byte of `fragment` in the SQL text, -1 = no context */
    int context_stop;
    char fragment[256]; /* the SQL text, or the name of the DataFrame call, at fault */
    char hint[512];     /* ours, after Spark's text */
    char message[6144]; /* the whole text as Spark prints it, "[CLASS] ... SQLSTATE: xxxxx" */
} mr_error;

#define MR_NODISCARD    __attribute__((warn_unused_result))
#define MR_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Sets an error without a Spark condition; returns `status`.  err may be NULL. */
mr_status mr_fail(mr_error *err, mr_status status, const char *format, ...) MR_PRINTF(3, 4);
/* Like mr_fail with MR_IO, adding ": " and the text of `sys_errno`. */
mr_status mr_fail_errno(mr_error *err, int sys_errno, const char *format, ...) MR_PRINTF(3, 4);
/* Fails with Spark's condition: the template and sqlState come from base/condition.def, the message
 * parameters are pairs of C strings ended by NULL.  Returns MR_INVALID. */
mr_status mr_raise(mr_error *err, mr_exception exception, const char *condition, ...)
    __attribute__((sentinel));
/* A text of Spark's without a class of its own (condition as given, e.g. "_LEGACY_ERROR_TEMP_3102"
 * or "" ), already formatted.  Returns MR_INVALID. */
mr_status mr_raise_text(mr_error *err, mr_exception exception, const char *condition,
                        const char *format, ...) MR_PRINTF(4, 5);
/* Adds the query context that Spark reports: byte positions in the SQL text, and the text. */
void mr_error_at(mr_error *err, int start, int stop, mr_str fragment);
void mr_error_hint(mr_error *err, const char *format, ...) MR_PRINTF(2, 3);
/* The value of a message parameter, or NULL. */
const char *mr_error_param(const mr_error *err, const char *key);
const char *mr_error_param_key(const mr_error *err, int index);
const char *mr_error_param_value(const mr_error *err, int index);
/* The full Java class name of an exception. */
const char *mr_exception_class(mr_exception exception);
void mr_error_clear(mr_error *err);

/* Returns on failure: nothing to undo. */
#define MR_TRY(expression)                                                                         \
    do {                                                                                           \
        mr_status mr_try_status_ = (expression);                                                   \
        if (mr_try_status_ != MR_OK)                                                               \
            return mr_try_status_;                                                                 \
    } while (0)
/* Goes to `fail:` with the local `status` set. */
#define MR_CHECK(expression)                                                                       \
    do {                                                                                           \
        if ((status = (expression)) != MR_OK)                                                      \
            goto fail;                                                                             \
    } while (0)
/* Runs in teardown and keeps the first error in the local `status`. */
#define MR_KEEP(expression)                                                                        \
    do {                                                                                           \
        mr_status mr_keep_status_ = (expression);                                                  \
        if (status == MR_OK)                                                                       \
            status = mr_keep_status_;                                                              \
    } while (0)

/* A broken invariant ends the process; the next start recovers from the checkpoint. */
#define MR_ASSERT(condition)                                                                       \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            mr_assert_failed(#condition, __FILE__, __LINE__);                                      \
    } while (0)
#ifdef MR_SLOW_CHECKS
#define MR_SLOW_ASSERT(condition) MR_ASSERT(condition)
#else
#define MR_SLOW_ASSERT(condition) ((void)sizeof(condition))
#endif
_Noreturn void mr_assert_failed(const char *condition, const char *file, int line);

#endif /* MR_ERROR_H */
