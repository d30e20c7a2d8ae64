/* failure.c - errors as Spark sends them: status, ErrorInfo, FetchErrorDetails. */
#include <stdio.h>
#include <stdlib.h>

#include "connect/connect_priv.h"

#define MESSAGE_MAX  2048 /* bytes of the text as it stands in the header */
#define METADATA_MAX 1024 /* bytes of errorClass and messageParameters */

/* The superclasses of what mr_exception_class() names, most specific first. */
static const char *const parents[][2] = {
    { "org.apache.spark.sql.catalyst.parser.ParseException",
      "org.apache.spark.sql.AnalysisException" },
    { "org.apache.spark.sql.AnalysisException", "java.lang.Exception" },
    { "org.apache.spark.sql.streaming.StreamingQueryException", "java.lang.Exception" },
    { "org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException" },
    { "org.apache.spark.SparkNumberFormatException", "java.lang.NumberFormatException" },
    { "org.apache.spark.SparkDateTimeException", "java.time.DateTimeException" },
    { "org.apache.spark.SparkArrayIndexOutOfBoundsException",
      "java.lang.ArrayIndexOutOfBoundsException" },
    { "org.apache.spark.SparkIllegalArgumentException", "java.lang.IllegalArgumentException" },
    { "org.apache.spark.SparkUnsupportedOperationException",
      "java.lang.UnsupportedOperationException" },
    { "org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException" },
    { "org.apache.spark.SparkException", "java.lang.Exception" },
    { "org.apache.spark.SparkUpgradeException", "java.lang.RuntimeException" },
    { "org.apache.spark.SparkNoSuchElementException", "java.util.NoSuchElementException" },
    { "org.apache.spark.sql.connect.common.InvalidPlanInput", "java.lang.RuntimeException" },
    { "org.apache.spark.SparkClassNotFoundException", "java.lang.ClassNotFoundException" },
    { "org.apache.spark.SparkSQLException", "java.sql.SQLException" },
    { "java.sql.SQLException", "java.lang.Exception" },
    { "java.lang.IllegalStateException", "java.lang.RuntimeException" },
    { "java.lang.NumberFormatException", "java.lang.IllegalArgumentException" },
    { "java.lang.IllegalArgumentException", "java.lang.RuntimeException" },
    { "java.lang.ArithmeticException", "java.lang.RuntimeException" },
    { "java.time.DateTimeException", "java.lang.RuntimeException" },
    { "java.lang.ArrayIndexOutOfBoundsException", "java.lang.IndexOutOfBoundsException" },
    { "java.lang.IndexOutOfBoundsException", "java.lang.RuntimeException" },
    { "java.lang.UnsupportedOperationException", "java.lang.RuntimeException" },
    { "java.util.NoSuchElementException", "java.lang.RuntimeException" },
    { "java.lang.ClassNotFoundException", "java.lang.ReflectiveOperationException" },
    { "java.lang.ReflectiveOperationException", "java.lang.Exception" },
    { "java.lang.RuntimeException", "java.lang.Exception" },
    { "java.lang.Exception", "java.lang.Throwable" },
    { "java.lang.Throwable", "java.lang.Object" },
};

#define CLASSES_MAX 8

static const char *class_of(const mr_error *err)
{
    if (err->exception == MR_EXC_NONE && err->status == MR_UNSUPPORTED)
        return mr_exception_class(MR_EXC_UNSUPPORTED);
    if (err->exception == MR_EXC_NONE && err->status == MR_CORRUPT)
        return mr_exception_class(MR_EXC_INVALID_PLAN);
    return mr_exception_class(err->exception);
}

static const char *parent_of(const char *name)
{
    for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++)
        if (strcmp(parents[i][0], name) == 0)
            return parents[i][1];
    return NULL;
}

static int hierarchy(const mr_error *err, mr_str out[CLASSES_MAX])
{
    int n = 0;

    for (const char *name = class_of(err); name != NULL && n < CLASSES_MAX; name = parent_of(name))
        out[n++] = mr_str_from(name);
    return n;
}

static void keep(mr_connect_server *server, const session *s, const mr_error *err, char id[37])
{
    kept_error *kept = mr_calloc(1, sizeof(*kept));
    kept_error **slot;

    mr_connect_uuid(id);
    memcpy(kept->id, id, 37);
    kept->error = *err;
    kept->key = mr_calloc(1, strlen(s->key) + 1);
    memcpy(kept->key, s->key, strlen(s->key));
    pthread_mutex_lock(&server->lock);
    slot = &server->errors[server->n_errors++ % ERRORS_KEPT];
    if (*slot != NULL)
        free((*slot)->key);
    free(*slot);
    *slot = kept;
    pthread_mutex_unlock(&server->lock);
}

/* As many whole characters as fit into MESSAGE_MAX bytes once percent-encoded. */
static mr_str cut(mr_str text)
{
    size_t cost = 0;
    size_t end = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];

        if ((c & 0xc0) != 0x80)
            end = i;
        cost += c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3;
        if (cost > MESSAGE_MAX)
            return mr_str_slice(text, 0, end);
    }
    return text;
}

/* Text that was cut within a character, or came from a file, may be no UTF-8. */
static mr_str clean(const char *text, mr_arena *arena)
{
    mr_str s = mr_str_from(text);
    char *copy;

    if (mr_pb_is_utf8(s))
        return s;
    copy = mr_arena_cstr(arena, s);
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)copy[i] >= 0x80)
            copy[i] = '?';
    return (mr_str){ copy, s.len };
}

static mr_str message_of(const mr_error *err, mr_arena *arena)
{
    mr_str message = clean(err->message, arena);

    if (err->hint[0] == '\0')
        return message;
    return mr_arena_printf(arena, "%.*s\nHint: %.*s", MR_STR_ARG(message),
                           MR_STR_ARG(clean(err->hint, arena)));
}

static mr_str json_classes(const mr_str *classes, int n, mr_arena *arena)
{
    mr_buf json = { 0 };
    mr_str out;

    for (int i = 0; i < n; i++) {
        mr_buf_putc(&json, i == 0 ? '[' : ',');
        mr_buf_put_json(&json, classes[i]);
    }
    mr_buf_putc(&json, ']');
    out = mr_arena_str(arena, mr_buf_str(&json));
    mr_buf_free(&json);
    return out;
}

static mr_str json_parameters(const mr_error *err, mr_arena *arena)
{
    mr_buf json = { 0 };
    mr_str out;

    mr_buf_putc(&json, '{');
    for (int i = 0; i < err->n_params; i++) {
        if (i > 0)
            mr_buf_putc(&json, ',');
        mr_buf_put_json(&json, mr_str_from(mr_error_param_key(err, i)));
        mr_buf_putc(&json, ':');
        mr_buf_put_json(&json, clean(mr_error_param_value(err, i), arena));
    }
    mr_buf_putc(&json, '}');
    out = mr_arena_str(arena, mr_buf_str(&json));
    mr_buf_free(&json);
    return out;
}

static void encode_info(const mr_error *err, const char *error_id, mr_arena *arena, mr_buf *out)
{
    mr_option_pair pairs[5];
    mr_wire_error_info info = { .reason = mr_str_from(class_of(err)),
                                .domain = MR_STR("org.apache.spark"),
                                .metadata = pairs };
    mr_str classes[CLASSES_MAX];
    int n = hierarchy(err, classes);
    mr_str parameters = json_parameters(err, arena);
    mr_status status;

    pairs[info.n_metadata++] =
        (mr_option_pair){ MR_STR("classes"), json_classes(classes, n, arena) };
    if (err->sqlstate[0] != '\0')
        pairs[info.n_metadata++] =
            (mr_option_pair){ MR_STR("sqlState"), mr_str_from(err->sqlstate) };
    if (error_id != NULL)
        pairs[info.n_metadata++] = (mr_option_pair){ MR_STR("errorId"), mr_str_from(error_id) };
    if (err->condition[0] != '\0' && strlen(err->condition) + parameters.len <= METADATA_MAX) {
        pairs[info.n_metadata++] =
            (mr_option_pair){ MR_STR("errorClass"), mr_str_from(err->condition) };
        pairs[info.n_metadata++] = (mr_option_pair){ MR_STR("messageParameters"), parameters };
    }
    status = mr_pb_encode(&mr_wire_error_info_table, &info, arena, out, NULL);
    MR_ASSERT(status == MR_OK);
}

void mr_connect_failure(mr_connect_server *server, const session *s, const mr_error *err,
                        mr_arena *arena, mr_buf *message, mr_buf *details)
{
    mr_wire_status grpc = { .code = MR_GRPC_INTERNAL,
                            .type_url = MR_STR("type.googleapis.com/google.rpc.ErrorInfo") };
    mr_buf info = { 0 };
    char id[37];
    mr_status status;

    if (s != NULL)
        keep(server, s, err, id);
    encode_info(err, s == NULL ? NULL : id, arena, &info);
    grpc.message = cut(message_of(err, arena));
    grpc.value = mr_buf_str(&info);
    mr_buf_clear(message);
    mr_buf_clear(details);
    mr_buf_add(message, grpc.message);
    status = mr_pb_encode(&mr_wire_status_table, &grpc, arena, details, NULL);
    MR_ASSERT(status == MR_OK);
    mr_buf_free(&info);
}

void mr_connect_refuse(rpc *r)
{
    mr_buf message = { 0 };
    mr_buf details = { 0 };

    mr_connect_failure(r->server, r->session, &r->error, r->arena, &message, &details);
    mr_grpc_finish(r->call, MR_GRPC_INTERNAL, mr_buf_str(&message), mr_buf_str(&details));
    mr_buf_free(&message);
    mr_buf_free(&details);
}

static bool find_error(rpc *r, mr_error *out)
{
    bool found = false;

    pthread_mutex_lock(&r->server->lock);
    for (int i = 0; i < ERRORS_KEPT && !found; i++) {
        const kept_error *kept = r->server->errors[i];

        found = kept != NULL && mr_str_is(r->request.error_id, kept->id) &&
                strcmp(kept->key, r->session->key) == 0;
        if (found)
            *out = kept->error;
    }
    pthread_mutex_unlock(&r->server->lock);
    return found;
}

static mr_wire_context context_of(const mr_error *err, mr_arena *arena)
{
    bool is_sql = err->context_start >= 0;

    return (mr_wire_context){ .context_type = is_sql ? 0 : 1,
                              .start_index = is_sql ? err->context_start : 0,
                              .stop_index = is_sql ? err->context_stop : 0,
                              .fragment = clean(err->fragment, arena),
                              .summary = (mr_str){ "", 0 } };
}

static void fill_throwable(const mr_error *err, mr_arena *arena, mr_wire_error *out)
{
    mr_wire_throwable *t = &out->throwable;

    out->has_throwable = err->condition[0] != '\0';
    t->has_error_class = true;
    t->error_class = mr_str_from(err->condition);
    t->has_sql_state = err->sqlstate[0] != '\0';
    t->sql_state = mr_str_from(err->sqlstate);
    t->n_parameters = err->n_params;
    t->parameters = MR_NEW_ARRAY(arena, mr_option_pair, err->n_params + 1);
    for (int i = 0; i < err->n_params; i++)
        t->parameters[i] = (mr_option_pair){ mr_str_from(mr_error_param_key(err, i)),
                                             clean(mr_error_param_value(err, i), arena) };
    if (err->fragment[0] != '\0') {
        t->n_contexts = 1;
        t->contexts = MR_NEW(arena, mr_wire_context);
        t->contexts[0] = context_of(err, arena);
    }
}

mr_status mr_connect_fetch_error(rpc *r, mr_error *err)
{
    mr_error *found = MR_NEW(r->arena, mr_error);
    mr_str classes[CLASSES_MAX];
    mr_wire_error error = { .classes = classes };
    mr_wire_error_response reply = { .session_id = mr_str_from(r->session->id),
                                     .server_session = mr_str_from(r->session->server_id) };

    if (find_error(r, found)) {
        error.n_classes = hierarchy(found, classes);
        error.message = message_of(found, r->arena);
        fill_throwable(found, r->arena, &error);
        reply.has_root_error_idx = true;
        reply.errors = &error;
        reply.n_errors = 1;
    }
    return mr_connect_reply(r, &mr_wire_error_reply, &reply, err);
}
