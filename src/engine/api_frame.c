/* api_frame.c - the public library: frames, each one node of a syntax plan in its own arena. */
#include <stdlib.h>

#include "engine/api_priv.h"
#include "sql/sql.h"

#define FRAME_DEPTH_MAX 800 /* as deep as `analyze` follows relations */

/* A new frame above `input` [taken], or a leaf when that is NULL. */
static millrace_frame *make_frame(millrace_session *session, millrace_frame *input,
                                  mr_xrel_kind kind, mr_xrel **rel)
{
    millrace_frame *self = mr_calloc(1, sizeof(*self));

    self->refs = 1;
    self->depth = input == NULL ? 1 : input->depth + 1;
    self->session = session;
    self->arena = mr_arena_new();
    self->parents[0] = input;
    *rel = mr_xrel_new(self->arena, kind, input == NULL ? NULL : (mr_xrel *)input->rel);
    self->rel = *rel;
    return self;
}

/* Returns the frame, or frees it and returns NULL when `status` tells of a failure. */
static millrace_frame *finish(millrace_frame *frame, mr_status status, const mr_error *failure,
                              millrace_error *err)
{
    if (status == MR_OK && frame->depth > FRAME_DEPTH_MAX) {
        mr_api_misuse(err, "too many frames upon each other");
        millrace_frame_free(frame);
        return NULL;
    }
    if (status == MR_OK)
        return frame;
    mr_api_fail(err, status, failure);
    millrace_frame_free(frame);
    return NULL;
}

static millrace_frame *refuse(const char *text, millrace_error *err)
{
    mr_api_misuse(err, text);
    return NULL;
}

/* --- lists of expressions --------------------------------------------------------------------- */

static mr_status parse_expr(mr_arena *arena, const char *text, mr_xexpr **out, mr_error *err)
{
    if (text == NULL)
        return mr_fail(err, MR_INVALID, "an expression is NULL");
    return mr_sql_parse_expr(arena, mr_api_text(arena, text), out, err);
}

static mr_status parse_exprs(mr_arena *arena, const char *const *texts, int skip, mr_xexpr ***out,
                             int *n, mr_error *err)
{
    int n_texts = 0;

    while (texts != NULL && texts[n_texts] != NULL)
        n_texts++;
    *n = n_texts + skip;
    *out = MR_NEW_ARRAY(arena, mr_xexpr *, *n + 1);
    for (int i = 0; i < n_texts; i++)
        MR_TRY(parse_expr(arena, texts[i], &(*out)[i + skip], err));
    return MR_OK;
}

/* --- leaves ----------------------------------------------------------------------------------- */

millrace_frame *millrace_read(millrace_session *session, const millrace_source *source,
                              millrace_error *err)
{
    mr_error failure = { 0 };
    millrace_frame *self;
    mr_xrel *rel;

    if (session == NULL)
        return NULL;
    if (source == NULL || source->size < sizeof(*source) || source->format == NULL)
        return refuse("millrace_source: size or format is not set", err);
    self = make_frame(session, NULL, MR_R_READ_SOURCE, &rel);
    rel->format = mr_api_text(self->arena, source->format);
    rel->schema_text = mr_api_text(self->arena, source->schema);
    rel->is_streaming = !source->is_batch;
    if (source->path != NULL) {
        const char *const paths[] = { source->path, NULL };

        rel->paths = mr_api_texts(self->arena, paths, &rel->n_paths);
    }
    return finish(self, mr_api_options(self->arena, source->options, &rel->options, &failure),
                  &failure, err);
}

millrace_frame *millrace_table(millrace_session *session, const char *name, bool is_streaming,
                               millrace_error *err)
{
    millrace_frame *self;
    mr_xrel *rel;

    if (session == NULL)
        return NULL;
    if (name == NULL)
        return refuse("millrace_table: name is NULL", err);
    self = make_frame(session, NULL, MR_R_READ_TABLE, &rel);
    rel->name = mr_api_text(self->arena, name);
    rel->is_streaming = is_streaming;
    return self;
}

millrace_frame *millrace_sql(millrace_session *session, const char *text, millrace_error *err)
{
    mr_error failure = { 0 };
    millrace_frame *self;
    mr_xrel *rel;

    if (session == NULL)
        return NULL;
    if (text == NULL)
        return refuse("millrace_sql: text is NULL", err);
    self = make_frame(session, NULL, MR_R_SQL, &rel);
    rel->name = mr_api_text(self->arena, text);
    return finish(self, mr_session_sql(session->session, rel, self->arena, &self->rel, &failure),
                  &failure, err);
}

/* --- lifetime --------------------------------------------------------------------------------- */

millrace_frame *millrace_frame_share(millrace_frame *frame)
{
    if (frame != NULL)
        __atomic_fetch_add(&frame->refs, 1, __ATOMIC_RELAXED);
    return frame;
}

/* Puts the frame on the list of those to be freed if this was the last reference. */
static void drop(millrace_frame *frame, millrace_frame **list)
{
    if (frame == NULL || __atomic_sub_fetch(&frame->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    frame->next = *list;
    *list = frame;
}

void millrace_frame_free(millrace_frame *frame)
{
    millrace_frame *list = NULL;

    drop(frame, &list);
    while (list != NULL) {
        millrace_frame *self = list;

        list = self->next;
        drop(self->parents[0], &list);
        drop(self->parents[1], &list);
        mr_arena_free(self->arena);
        free(self);
    }
}

/* --- one frame from another ------------------------------------------------------------------- */

millrace_frame *millrace_select(millrace_frame *frame, const char *const *exprs,
                                millrace_error *err)
{
    mr_error failure = { 0 };
    millrace_frame *self;
    mr_xrel *rel;

    if (frame == NULL)
        return NULL;
    self = make_frame(frame->session, frame, MR_R_PROJECT, &rel);
    return finish(self, parse_exprs(self->arena, exprs, 0, &rel->exprs, &rel->n_exprs, &failure),
                  &failure, err);
}

millrace_frame *millrace_filter(millrace_frame *frame, const char *condition, millrace_error *err)
{
    const char *const texts[] = { condition, NULL };
    mr_error failure = { 0 };
    millrace_frame *self;
    mr_status status;
    mr_xrel *rel;

    if (frame == NULL)
        return NULL;
    self = make_frame(frame->session, frame, MR_R_FILTER, &rel);
    status = condition == NULL
                 ? mr_fail(&failure, MR_INVALID, "millrace_filter: condition is NULL")
                 : parse_exprs(self->arena, texts, 0, &rel->exprs, &rel->n_exprs, &failure);
    return finish(self, status, &failure, err);
}

millrace_frame *millrace_with_column(millrace_frame *frame, const char *name, const char *expr,
                                     millrace_error *err)
{
    mr_error failure = { 0 };
    millrace_frame *self;
    mr_xexpr *value = NULL;
    mr_status status;
    mr_xrel *rel;

    if (frame == NULL)
        return NULL;
    self = make_frame(frame->session, frame, MR_R_WITH_COLUMNS, &rel);
    status = name == NULL ? mr_fail(&failure, MR_INVALID, "millrace_with_column: name is NULL")
                          : parse_expr(self->arena, expr, &value, &failure);
    if (status == MR_OK) {
        rel->exprs = MR_NEW_ARRAY(self->arena, mr_xexpr *, 1);
        rel->exprs[0] = mr_xexpr_alias(self->arena, value, mr_api_text(self->arena, name));
        rel->n_exprs = 1;
    }
    return finish(self, status, &failure, err);
}

millrace_frame *millrace_with_watermark(millrace_frame *frame, const char *column,
                                        const char *delay, millrace_error *err)
{
    mr_error failure = { 0 };
    mr_status status = MR_OK;
    millrace_frame *self;
    mr_xrel *rel;

    if (frame == NULL)
        return NULL;
    self = make_frame(frame->session, frame, MR_R_WITH_WATERMARK, &rel);
    rel->name = mr_api_text(self->arena, column);
    rel->text = mr_api_text(self->arena, delay);
    if (column == NULL || delay == NULL)
        status = mr_fail(&failure, MR_INVALID, "millrace_with_watermark: column or delay is NULL");
    return finish(self, status, &failure, err);
}

static mr_xexpr *text_literal(mr_arena *arena, const char *text)
{
    return mr_xexpr_literal(arena, mr_scalar_string(mr_api_text(arena, text)));
}

/* window(column, duration [, slide [, start]]) as the function's own call. */
static mr_xexpr *window_call(mr_arena *arena, const millrace_window *window)
{
    mr_xexpr **args = MR_NEW_ARRAY(arena, mr_xexpr *, 4);
    bool slides = window->slide != NULL && window->slide[0] != '\0';
    int n = 2;

    args[0] = mr_xexpr_attribute(arena, mr_api_text(arena, window->column));
    args[1] = text_literal(arena, window->duration);
    if (slides || window->start != NULL)
        args[n++] = text_literal(arena, slides ? window->slide : window->duration);
    if (window->start != NULL)
        args[n++] = text_literal(arena, window->start);
    return mr_xexpr_function(arena, "window", args, n);
}

static millrace_frame *group(millrace_frame *frame, const millrace_window *window,
                             const char *const *keys, const char *const *aggs, millrace_error *err)
{
    mr_error failure = { 0 };
    millrace_frame *self;
    mr_status status;
    mr_xrel *rel;

    if (frame == NULL)
        return NULL;
    self = make_frame(frame->session, frame, MR_R_AGGREGATE, &rel);
    rel->group_type = 1;
    status = parse_exprs(self->arena, keys, window != NULL, &rel->exprs, &rel->n_exprs, &failure);
    if (status == MR_OK)
        status = parse_exprs(self->arena, aggs, 0, &rel->aggs, &rel->n_aggs, &failure);
    if (window != NULL)
        rel->exprs[0] = window_call(self->arena, window);
    return finish(self, status, &failure, err);
}

millrace_frame *millrace_group_by(millrace_frame *frame, const char *const *keys,
                                  const char *const *aggs, millrace_error *err)
{
    return group(frame, NULL, keys, aggs, err);
}

millrace_frame *millrace_group_by_window(millrace_frame *frame, const millrace_window *window,
                                         const char *const *keys, const char *const *aggs,
                                         millrace_error *err)
{
    if (frame != NULL && (window == NULL || window->size < sizeof(*window) ||
                          window->column == NULL || window->duration == NULL)) {
        millrace_frame_free(frame);
        return refuse("millrace_window: size, column or duration is not set", err);
    }
    return group(frame, window, keys, aggs, err);
}

millrace_frame *millrace_drop_duplicates(millrace_frame *frame, const char *const *columns,
                                         millrace_error *err)
{
    millrace_frame *self;
    mr_xrel *rel;

    if (frame == NULL)
        return NULL;
    self = make_frame(frame->session, frame, MR_R_DEDUPLICATE, &rel);
    rel->names = mr_api_texts(self->arena, columns, &rel->n_names);
    rel->all_columns = rel->n_names == 0;
    return finish(self, MR_OK, NULL, err);
}

millrace_frame *millrace_union(millrace_frame *frame, millrace_frame *other, millrace_error *err)
{
    millrace_frame *self;
    mr_xrel *rel;

    if (frame == NULL || other == NULL || frame->session != other->session) {
        if (frame != NULL && other != NULL)
            mr_api_misuse(err, "millrace_union: frames of two sessions");
        millrace_frame_free(frame);
        millrace_frame_free(other);
        return NULL;
    }
    self = make_frame(frame->session, frame, MR_R_SET_OP, &rel);
    if (self->depth <= other->depth)
        self->depth = other->depth + 1;
    self->parents[1] = other;
    rel->right = (mr_xrel *)other->rel;
    rel->set_op = 2;
    rel->is_all = true;
    return finish(self, MR_OK, NULL, err);
}

/* "v DESC NULLS LAST": the SQL parser reads it after ORDER BY of a query over nothing. */
static mr_status parse_order(mr_arena *arena, const char *const *texts, mr_xrel *rel, mr_error *err)
{
    mr_buf sql = { 0 };
    mr_xrel *query;
    mr_status status;

    mr_buf_puts(&sql, "SELECT 1 ORDER BY ");
    for (int i = 0; texts[i] != NULL; i++)
        mr_buf_printf(&sql, "%s%s", i == 0 ? "" : ", ", texts[i]);
    status = mr_sql_parse_query(arena, mr_arena_str(arena, mr_buf_str(&sql)), &query, err);
    mr_buf_free(&sql);
    MR_TRY(status);
    if (query->kind != MR_R_SORT)
        return mr_fail(err, MR_INVALID, "millrace_order_by: not a list of expressions");
    rel->exprs = query->exprs;
    rel->n_exprs = query->n_exprs;
    return MR_OK;
}

millrace_frame *millrace_order_by(millrace_frame *frame, const char *const *exprs,
                                  millrace_error *err)
{
    mr_error failure = { 0 };
    millrace_frame *self;
    mr_status status;
    mr_xrel *rel;

    if (frame == NULL)
        return NULL;
    self = make_frame(frame->session, frame, MR_R_SORT, &rel);
    rel->is_global = true;
    status = exprs == NULL || exprs[0] == NULL
                 ? mr_fail(&failure, MR_INVALID, "millrace_order_by: no expressions")
                 : parse_order(self->arena, exprs, rel, &failure);
    return finish(self, status, &failure, err);
}

millrace_frame *millrace_limit(millrace_frame *frame, int64_t rows, millrace_error *err)
{
    millrace_frame *self;
    mr_xrel *rel;

    if (frame == NULL)
        return NULL;
    self = make_frame(frame->session, frame, MR_R_LIMIT, &rel);
    rel->count = rows;
    return finish(self, MR_OK, NULL, err);
}

millrace_status millrace_create_view(const millrace_frame *frame, const char *name,
                                     millrace_error *err)
{
    mr_error failure = { 0 };
    mr_status status;

    if (frame == NULL)
        return MILLRACE_INVALID;
    if (name == NULL)
        return mr_api_misuse(err, "millrace_create_view: name is NULL");
    status = mr_session_create_view(frame->session->session, mr_str_from(name), frame->rel, true,
                                    &failure);
    return status == MR_OK ? MILLRACE_OK : mr_api_fail(err, status, &failure);
}
