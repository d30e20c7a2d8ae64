/* error.c - filling errors; the templates of Spark's conditions. */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct condition_row {
    const char *name;
    const char *sqlstate;
    const char *text; /* <param> stands for a message parameter */
} condition_row;

static const condition_row conditions[] = {
#define MR_CONDITION(name, sqlstate, text) { name, sqlstate, text },
#include "base/condition.def"
#undef MR_CONDITION
};

static const char *const exception_classes[] = {
    [MR_EXC_NONE] = "org.apache.spark.SparkException",
    [MR_EXC_ANALYSIS] = "org.apache.spark.sql.AnalysisException",
    [MR_EXC_PARSE] = "org.apache.spark.sql.catalyst.parser.ParseException",
    [MR_EXC_STREAMING] = "org.apache.spark.sql.streaming.StreamingQueryException",
    [MR_EXC_ARITHMETIC] = "org.apache.spark.SparkArithmeticException",
    [MR_EXC_NUMBER_FORMAT] = "org.apache.spark.SparkNumberFormatException",
    [MR_EXC_DATETIME] = "org.apache.spark.SparkDateTimeException",
    [MR_EXC_ARRAY_INDEX] = "org.apache.spark.SparkArrayIndexOutOfBoundsException",
    [MR_EXC_ILLEGAL_ARGUMENT] = "org.apache.spark.SparkIllegalArgumentException",
    [MR_EXC_UNSUPPORTED] = "org.apache.spark.SparkUnsupportedOperationException",
    [MR_EXC_RUNTIME] = "org.apache.spark.SparkRuntimeException",
    [MR_EXC_SPARK] = "org.apache.spark.SparkException",
    [MR_EXC_UPGRADE] = "org.apache.spark.SparkUpgradeException",
    [MR_EXC_NO_SUCH_ELEMENT] = "org.apache.spark.SparkNoSuchElementException",
    [MR_EXC_INVALID_PLAN] = "org.apache.spark.sql.connect.common.InvalidPlanInput",
    [MR_EXC_CLASS_NOT_FOUND] = "org.apache.spark.SparkClassNotFoundException",
    [MR_EXC_ILLEGAL_STATE] = "java.lang.IllegalStateException",
    [MR_EXC_SQL] = "org.apache.spark.SparkSQLException",
};

_Noreturn void mr_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "millrace: assertion failed: %s (%s:%d)\n", condition, file, line);
    abort();
}

void mr_error_clear(mr_error *err)
{
    if (err == NULL)
        return;
    err->status = MR_OK;
    err->sys_errno = 0;
    err->exception = MR_EXC_NONE;
    err->condition[0] = err->root_condition[0] = err->sqlstate[0] = '\0';
    err->n_params = 0;
    err->params_used = 0;
    err->context_start = err->context_stop = -1;
    err->fragment[0] = err->hint[0] = err->message[0] = '\0';
}

mr_status mr_fail(mr_error *err, mr_status status, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return status;
    mr_error_clear(err);
    err->status = status;
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    return status;
}

mr_status mr_fail_errno(mr_error *err, int sys_errno, const char *format, ...)
{
    va_list args;
    size_t n;

    if (err == NULL)
        return MR_IO;
    mr_error_clear(err);
    err->status = MR_IO;
    err->sys_errno = sys_errno;
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    n = strlen(err->message);
    snprintf(err->message + n, sizeof(err->message) - n, ": %s", strerror(sys_errno));
    return MR_IO;
}

static const condition_row *find_condition(const char *name)
{
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
        if (strcmp(conditions[i].name, name) == 0)
            return &conditions[i];
    return NULL;
}

static uint16_t keep_text(mr_error *err, const char *text)
{
    size_t room = sizeof(err->params) - err->params_used;
    size_t n = strlen(text);
    uint16_t at = err->params_used;

    if (n + 1 > room)
        n = room > 0 ? room - 1 : 0;
    if (room == 0)
        return (uint16_t)(sizeof(err->params) - 1);
    memcpy(err->params + at, text, n);
    err->params[at + n] = '\0';
    err->params_used = (uint16_t)(at + n + 1);
    return at;
}

static void keep_params(mr_error *err, va_list args)
{
    const char *key;

    while ((key = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);

        MR_ASSERT(value != NULL);
        MR_ASSERT(err->n_params < MR_ERROR_PARAMS_MAX);
        err->param_at[err->n_params][0] = keep_text(err, key);
        err->param_at[err->n_params][1] = keep_text(err, value);
        err->n_params++;
    }
}

const char *mr_error_param_key(const mr_error *err, int index)
{
    return err->params + err->param_at[index][0];
}

const char *mr_error_param_value(const mr_error *err, int index)
{
    return err->params + err->param_at[index][1];
}

const char *mr_error_param(const mr_error *err, const char *key)
{
    for (int i = 0; i < err->n_params; i++)
        if (strcmp(mr_error_param_key(err, i), key) == 0)
            return mr_error_param_value(err, i);
    return NULL;
}

static size_t put(char *out, size_t at, size_t size, const char *text, size_t n)
{
    if (at + n >= size)
        n = size - at - 1;
    memcpy(out + at, text, n);
    return at + n;
}

/* Copies `text`, each <name> replaced by its parameter; a name without one stays as it is. */
static size_t expand(mr_error *err, size_t at, const char *text)
{
    size_t size = sizeof(err->message);

    while (*text != '\0') {
        const char *end = *text == '<' ? strchr(text, '>') : NULL;
        char key[64];
        const char *value = NULL;

        if (end != NULL && (size_t)(end - text) < sizeof(key)) {
            memcpy(key, text + 1, (size_t)(end - text - 1));
            key[end - text - 1] = '\0';
            value = mr_error_param(err, key);
        }
        if (value != NULL) {
            at = put(err->message, at, size, value, strlen(value));
            text = end + 1;
        } else {
            at = put(err->message, at, size, text++, 1);
        }
    }
    return at;
}

mr_status mr_raise(mr_error *err, mr_exception exception, const char *condition, ...)
{
    const condition_row *row = find_condition(condition);
    va_list args;
    size_t at;
    int head;

    if (err == NULL)
        return MR_INVALID;
    mr_error_clear(err);
    err->status = MR_INVALID;
    err->exception = exception;
    snprintf(err->condition, sizeof(err->condition), "%s", condition);
    snprintf(err->root_condition, sizeof(err->root_condition), "%s", condition);
    va_start(args, condition);
    keep_params(err, args);
    va_end(args);
    head = strncmp(condition, "_LEGACY_ERROR_TEMP_", 19) == 0 /* Spark prints only their text */
               ? 0
               : snprintf(err->message, sizeof(err->message), "[%s] ", condition);
    at = expand(err, (size_t)head, row == NULL ? "" : row->text);
    if (row != NULL && row->sqlstate[0] != '\0') {
        char tail[32];

        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", row->sqlstate);
        snprintf(tail, sizeof(tail), " SQLSTATE: %s", row->sqlstate);
        at = put(err->message, at, sizeof(err->message), tail, strlen(tail));
    }
    err->message[at] = '\0';
    return MR_INVALID;
}

/* "... SQLSTATE: 42KDE" at the end of a text is its state. */
static void keep_sqlstate(mr_error *err)
{
    static const char mark[] = "SQLSTATE: ";
    size_t n = strlen(err->message), tail = sizeof(mark) - 1 + 5;

    if (n >= tail && memcmp(err->message + n - tail, mark, sizeof(mark) - 1) == 0)
        memcpy(err->sqlstate, err->message + n - 5, 6);
}

mr_status mr_raise_text(mr_error *err, mr_exception exception, const char *condition,
                        const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return MR_INVALID;
    mr_error_clear(err);
    err->status = MR_INVALID;
    err->exception = exception;
    snprintf(err->condition, sizeof(err->condition), "%s", condition);
    snprintf(err->root_condition, sizeof(err->root_condition), "%s", condition);
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    keep_sqlstate(err);
    return MR_INVALID;
}

void mr_error_at(mr_error *err, int start, int stop, mr_str fragment)
{
    if (err == NULL)
        return;
    err->context_start = start;
    err->context_stop = stop;
    snprintf(err->fragment, sizeof(err->fragment), "%.*s", MR_STR_ARG(fragment));
}

void mr_error_hint(mr_error *err, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return;
    va_start(args, format);
    vsnprintf(err->hint, sizeof(err->hint), format, args);
    va_end(args);
}

const char *mr_exception_class(mr_exception exception)
{
    return exception_classes[exception];
}
