/* api_session.c - the public library: sessions, and how errors and texts cross the border. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/api_priv.h"

_Static_assert((int)MILLRACE_INTERNAL == (int)MR_INTERNAL, "the two lists of statuses agree");
_Static_assert((int)MILLRACE_CONFLICT == (int)MR_CONFLICT, "the two lists of statuses agree");
_Static_assert(sizeof(((millrace_error *)0)->message) == sizeof(((mr_error *)0)->message),
               "no message is cut");

const char *millrace_version(void)
{
    return MR_VERSION;
}

millrace_status mr_api_fail(millrace_error *to, mr_status status, const mr_error *from)
{
    MR_ASSERT(status != MR_OK);
    if (to == NULL)
        return (millrace_status)status;
    to->status = (millrace_status)status;
    to->sys_errno = from->sys_errno;
    snprintf(to->condition, sizeof(to->condition), "%s", from->condition);
    snprintf(to->sqlstate, sizeof(to->sqlstate), "%s", from->sqlstate);
    snprintf(to->exception, sizeof(to->exception), "%s", mr_exception_class(from->exception));
    snprintf(to->message, sizeof(to->message), "%s", from->message);
    return to->status;
}

millrace_status mr_api_misuse(millrace_error *to, const char *text)
{
    mr_error err = { 0 };

    return mr_api_fail(to, mr_fail(&err, MR_INVALID, "%s", text), &err);
}

mr_str mr_api_text(mr_arena *arena, const char *text)
{
    return text == NULL ? (mr_str){ 0 } : mr_arena_str(arena, mr_str_from(text));
}

mr_str *mr_api_texts(mr_arena *arena, const char *const *texts, int *n)
{
    mr_str *out;

    *n = 0;
    if (texts == NULL)
        return NULL;
    while (texts[*n] != NULL)
        (*n)++;
    out = MR_NEW_ARRAY(arena, mr_str, *n);
    for (int i = 0; i < *n; i++)
        out[i] = mr_api_text(arena, texts[i]);
    return out;
}

mr_status mr_api_options(mr_arena *arena, const char *const *texts, mr_options *out, mr_error *err)
{
    int n;
    const mr_str *items = mr_api_texts(arena, texts, &n);
    mr_option_pair *pairs = MR_NEW_ARRAY(arena, mr_option_pair, n / 2 + 1);

    if (n % 2 != 0)
        return mr_fail(err, MR_INVALID, "option %s has no value", texts[n - 1]);
    for (int i = 0; i < n / 2; i++)
        pairs[i] = (mr_option_pair){ items[2 * i], items[2 * i + 1] };
    *out = (mr_options){ pairs, n / 2 };
    return MR_OK;
}

static void print_console(void *data, mr_str text)
{
    const millrace_session *self = data;

    self->console(self->console_data, text.ptr, text.len);
}

millrace_session *millrace_session_open(const millrace_options *options, millrace_error *err)
{
    millrace_session *self;
    mr_engine_options to = { 0 };
    mr_error failure = { 0 };
    mr_status status;
    bool is_new;

    if (options != NULL && (options->size < sizeof(*options) || options->threads < 0)) {
        mr_api_misuse(err, "millrace_options: size is not set, or threads is negative");
        return NULL;
    }
    self = mr_calloc(1, sizeof(*self));
    if (options != NULL) {
        to.n_threads = options->threads;
        self->console = options->console;
        self->console_data = options->console_data;
    }
    if (self->console != NULL) {
        to.console = print_console;
        to.console_data = self;
    }
    if ((status = mr_engine_open(&to, &self->engine, &failure)) != MR_OK) {
        mr_api_fail(err, status, &failure);
        free(self);
        return NULL;
    }
    self->session = mr_engine_session(self->engine, MR_STR("c"), MR_STR("main"), true, &is_new);
    MR_ASSERT(self->session != NULL && is_new);
    return self;
}

void millrace_session_close(millrace_session *session)
{
    if (session == NULL)
        return;
    mr_engine_close(session->engine);
    free(session);
}

millrace_status millrace_session_set(millrace_session *session, const char *key, const char *value,
                                     millrace_error *err)
{
    mr_error failure = { 0 };
    mr_status status;

    if (session == NULL)
        return MILLRACE_INVALID;
    if (key == NULL || value == NULL)
        return mr_api_misuse(err, "millrace_session_set: key or value is NULL");
    status = mr_session_set(session->session, mr_str_from(key), mr_str_from(value), &failure);
    return status == MR_OK ? MILLRACE_OK : mr_api_fail(err, status, &failure);
}

int64_t millrace_session_get(millrace_session *session, const char *key, char *to, size_t size)
{
    mr_str value = { 0 };
    mr_arena *arena;
    int64_t n = -1;

    if (session == NULL || key == NULL)
        return -1;
    arena = mr_arena_new();
    if (mr_session_get(session->session, mr_str_from(key), arena, &value)) {
        size_t fits = value.len < size ? value.len : size - (size > 0);

        if (fits > 0)
            memcpy(to, value.ptr, fits);
        if (size > 0)
            to[fits] = '\0';
        n = (int64_t)value.len;
    }
    mr_arena_free(arena);
    return n;
}

millrace_status millrace_session_script(millrace_session *session, const char *text,
                                        millrace_error *err)
{
    mr_error failure = { 0 };
    mr_status status;

    if (session == NULL)
        return MILLRACE_INVALID;
    if (text == NULL)
        return mr_api_misuse(err, "millrace_session_script: text is NULL");
    status = mr_session_script(session->session, mr_str_from(text), NULL, NULL, &failure);
    return status == MR_OK ? MILLRACE_OK : mr_api_fail(err, status, &failure);
}

millrace_status millrace_session_await_any(millrace_session *session, int64_t timeout_ms,
                                           bool *ended, millrace_error *err)
{
    mr_error failure = { 0 };
    bool terminated = false;
    mr_status status;

    if (session == NULL)
        return MILLRACE_INVALID;
    status = mr_session_await_any(session->session, timeout_ms, NULL, &terminated, &failure);
    if (ended != NULL)
        *ended = terminated;
    return status == MR_OK ? MILLRACE_OK : mr_api_fail(err, status, &failure);
}
