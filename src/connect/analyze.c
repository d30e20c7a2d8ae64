/* analyze.c - the AnalyzePlan RPC: questions about a plan. */
#include <stdlib.h>

#include <xxhash.h>

#include "connect/connect_priv.h"

/* Numbers of AnalyzePlanRequest's fields. */
enum {
    Q_SCHEMA = 4,
    Q_EXPLAIN,
    Q_TREE,
    Q_LOCAL,
    Q_STREAMING,
    Q_FILES,
    Q_VERSION,
    Q_DDL,
    Q_SAME,
    Q_HASH,
    Q_PERSIST,
    Q_UNPERSIST,
    Q_LEVEL,
    Q_JSON = 18
};

static mr_status root_of(rpc *r, mr_wire_plan *plan, mr_xrel **out, mr_error *err)
{
    if (plan->root == NULL)
        return mr_raise_text(err, MR_EXC_INVALID_PLAN, "", "a relation is expected");
    *out = plan->root;
    return mr_connect_resolve_local(r, plan->root, err);
}

static mr_str take(rpc *r, mr_buf *text)
{
    mr_str out = mr_arena_str(r->arena, mr_buf_str(text));

    mr_buf_free(text);
    return out;
}

static mr_status schema(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    mr_xrel *rel;

    MR_TRY(root_of(r, &r->request.plan, &rel, err));
    reply->which = 2;
    return mr_session_schema(r->session->engine, rel, r->arena, &reply->type, err);
}

static mr_status explain(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    mr_buf text = { 0 };
    mr_status status;
    mr_xrel *rel;

    MR_TRY(root_of(r, &r->request.plan, &rel, err));
    status = mr_session_explain(r->session->engine, rel, r->request.explain_mode > 1, &text, err);
    reply->which = 3;
    reply->text = take(r, &text);
    return status;
}

static mr_status tree(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    mr_buf text = { 0 };
    const mr_type *type;
    mr_xrel *rel;

    MR_TRY(root_of(r, &r->request.plan, &rel, err));
    MR_TRY(mr_session_schema(r->session->engine, rel, r->arena, &type, err));
    mr_type_print_tree(type, r->request.has_level ? r->request.level : 0, &text);
    reply->which = 4;
    reply->text = take(r, &text);
    return MR_OK;
}

static mr_status is_local(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    mr_xrel *rel;

    MR_TRY(root_of(r, &r->request.plan, &rel, err));
    reply->which = 5;
    reply->flag = rel->kind == MR_R_LOCAL;
    return MR_OK;
}

static mr_status is_streaming(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    mr_xrel *rel;

    MR_TRY(root_of(r, &r->request.plan, &rel, err));
    reply->which = 6;
    return mr_session_is_streaming(r->session->engine, rel, &reply->flag, err);
}

static mr_status ddl_parse(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    reply->which = 9;
    return mr_type_parse_ddl(r->arena, r->request.text, &reply->type, err);
}

static mr_status json_to_ddl(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    mr_buf text = { 0 };
    const mr_type *type;

    MR_TRY(mr_type_parse_json(r->arena, r->request.text, &type, err));
    if (type->id != MR_TYPE_STRUCT)
        return mr_fail(err, MR_INVALID, "the JSON text is not a struct type");
    mr_type_print_ddl(type, &text);
    reply->which = 16;
    reply->text = take(r, &text);
    return MR_OK;
}

static void forget_expr_ids(mr_xexpr *expr)
{
    expr->has_plan_id = false;
    expr->call_name = expr->call_site = (mr_str){ 0 };
    for (int i = 0; i < expr->n_args; i++)
        forget_expr_ids(expr->args[i]);
}

/* Plan ids number the client's frames: two plans that mean the same differ in them. */
static void forget_ids(mr_xrel *rel)
{
    rel->has_plan_id = false;
    for (int i = 0; i < rel->n_exprs; i++)
        forget_expr_ids(rel->exprs[i]);
    for (int i = 0; i < rel->n_aggs; i++)
        forget_expr_ids(rel->aggs[i]);
    if (rel->input != NULL)
        forget_ids(rel->input);
    if (rel->right != NULL)
        forget_ids(rel->right);
    for (int i = 0; i < rel->n_refs; i++)
        forget_ids(rel->refs[i]);
}

static mr_status canonical(rpc *r, mr_xrel *rel, mr_buf *out, mr_error *err)
{
    forget_ids(rel);
    return mr_wire_encode_relation(rel, r->arena, out, err);
}

static mr_status same_semantics(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    mr_buf one = { 0 };
    mr_buf other = { 0 };
    mr_status status = MR_OK;
    mr_xrel *a;
    mr_xrel *b;

    MR_TRY(root_of(r, &r->request.plan, &a, err));
    MR_TRY(root_of(r, &r->request.other_plan, &b, err));
    MR_KEEP(canonical(r, a, &one, err));
    if (status == MR_OK)
        status = canonical(r, b, &other, err);
    reply->which = 10;
    reply->flag = status == MR_OK && mr_str_equal(mr_buf_str(&one), mr_buf_str(&other));
    mr_buf_free(&one);
    mr_buf_free(&other);
    return status;
}

static mr_status hash_of(rpc *r, mr_xrel *rel, uint64_t *out, mr_error *err)
{
    mr_buf bytes = { 0 };
    mr_status status = canonical(r, rel, &bytes, err);

    if (status == MR_OK)
        *out = XXH64(bytes.ptr, bytes.len, 0);
    mr_buf_free(&bytes);
    return status;
}

static mr_status semantic_hash(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    uint64_t hash;
    mr_xrel *rel;

    MR_TRY(root_of(r, &r->request.plan, &rel, err));
    MR_TRY(hash_of(r, rel, &hash, err));
    reply->which = 11;
    reply->hash = (int32_t)(uint32_t)(hash ^ hash >> 32);
    return MR_OK;
}

/* server->lock is held. */
static persisted **find_persisted(session *s, uint64_t hash)
{
    persisted **at = &s->persisted;

    while (*at != NULL && (*at)->hash != hash)
        at = &(*at)->next;
    return at;
}

/* Results are not kept in memory; the level is remembered so that it reads back. */
static void persist(rpc *r, uint64_t hash)
{
    static const bool memory_and_disk[4] = { true, true, false, true };
    const mr_wire_request *q = &r->request;
    persisted **at = find_persisted(r->session, hash);

    if (*at != NULL)
        return;
    *at = mr_calloc(1, sizeof(**at));
    (*at)->hash = hash;
    memcpy((*at)->storage, q->has_storage_level ? q->storage : memory_and_disk, 4);
    (*at)->replication = q->has_storage_level ? q->replication : 1;
}

static void unpersist(rpc *r, uint64_t hash)
{
    persisted **at = find_persisted(r->session, hash);
    persisted *old = *at;

    if (old != NULL) {
        *at = old->next;
        free(old);
    }
}

static void get_level(rpc *r, uint64_t hash, mr_wire_analyze_response *reply)
{
    const persisted *found = *find_persisted(r->session, hash);

    reply->replication = 1;
    if (found != NULL) {
        memcpy(reply->storage, found->storage, 4);
        reply->replication = found->replication;
    }
}

static mr_status storage(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    int32_t which = r->request.which;
    uint64_t hash;

    MR_TRY(hash_of(r, r->request.relation, &hash, err));
    pthread_mutex_lock(&r->server->lock);
    if (which == Q_PERSIST)
        persist(r, hash);
    else if (which == Q_UNPERSIST)
        unpersist(r, hash);
    else
        get_level(r, hash, reply);
    pthread_mutex_unlock(&r->server->lock);
    reply->which = which == Q_PERSIST ? 12 : which == Q_UNPERSIST ? 13 : 14;
    return MR_OK;
}

static mr_status run(rpc *r, mr_wire_analyze_response *reply, mr_error *err)
{
    switch (r->request.which) {
    case Q_SCHEMA:
        return schema(r, reply, err);
    case Q_EXPLAIN:
        return explain(r, reply, err);
    case Q_TREE:
        return tree(r, reply, err);
    case Q_LOCAL:
        return is_local(r, reply, err);
    case Q_STREAMING:
        return is_streaming(r, reply, err);
    case Q_FILES: /* no frame tells its files */
        reply->which = 7;
        return MR_OK;
    case Q_VERSION:
        reply->which = 8;
        reply->text = MR_STR(SPARK_VERSION);
        return MR_OK;
    case Q_DDL:
        return ddl_parse(r, reply, err);
    case Q_SAME:
        return same_semantics(r, reply, err);
    case Q_HASH:
        return semantic_hash(r, reply, err);
    case Q_PERSIST:
    case Q_UNPERSIST:
    case Q_LEVEL:
        return storage(r, reply, err);
    case Q_JSON:
        return json_to_ddl(r, reply, err);
    default:
        return mr_fail(err, MR_UNSUPPORTED, "this kind of AnalyzePlan is not supported");
    }
}

mr_status mr_connect_analyze(rpc *r, mr_error *err)
{
    mr_wire_analyze_response reply = { .session_id = mr_str_from(r->session->id),
                                       .server_session = mr_str_from(r->session->server_id) };

    MR_TRY(run(r, &reply, err));
    return mr_connect_reply(r, &mr_wire_analyze_reply, &reply, err);
}
