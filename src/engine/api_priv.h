/* api_priv.h - the bodies of the public library's handles; shared by the api_*.c files only. */
#ifndef MR_ENGINE_API_PRIV_H
#define MR_ENGINE_API_PRIV_H

#include "engine/engine.h"
#include "millrace/millrace.h"

struct millrace_session {
    mr_engine *engine;
    mr_session *session;
    void (*console)(void *data, const char *text, size_t len);
    void *console_data;
};

/* A plan node in its own arena; `parents` are the frames its relation points into. */
struct millrace_frame {
    int refs; /* atomic */
    int depth;
    millrace_session *session;
    mr_arena *arena;
    const mr_xrel *rel;
    millrace_frame *parents[2];
    millrace_frame *next; /* while being freed */
};

struct millrace_result {
    mr_arena *arena;
    const mr_zone *zone;
    const mr_batch *batch; /* dense */
};

struct millrace_query {
    mr_query *query;
    mr_arena *arena;    /* id, run id, name */
    mr_arena *progress; /* the latest text handed out */
    const char *id;
    const char *run_id;
    const char *name;
};

/* Copies what a failed call left in `from`; returns the status.  `to` may be NULL. */
millrace_status mr_api_fail(millrace_error *to, mr_status status, const mr_error *from);
/* MILLRACE_INVALID with a text of ours. */
millrace_status mr_api_misuse(millrace_error *to, const char *text);
/* Copies key, value, ..., NULL into `arena`.  Error: a key without value. */
mr_status mr_api_options(mr_arena *arena, const char *const *texts, mr_options *out, mr_error *err);
/* Copies a list that ends with NULL. */
mr_str *mr_api_texts(mr_arena *arena, const char *const *texts, int *n);
/* Copies a text; NULL becomes the empty text. */
mr_str mr_api_text(mr_arena *arena, const char *text);

#endif /* MR_ENGINE_API_PRIV_H */
