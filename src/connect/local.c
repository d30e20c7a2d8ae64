/* local.c - relations that name uploaded data become the data. */
#include "connect/connect_priv.h"

static mr_status find_cached(rpc *r, mr_str name, mr_str *bytes, mr_error *err)
{
    if (mr_session_cached(r->session->engine, name, bytes))
        return MR_OK;
    return mr_raise_text(err, MR_EXC_INVALID_PLAN, "",
                         "Not found any cached local relation with the hash: %.*s",
                         MR_STR_ARG(name));
}

static mr_xrel *local(rpc *r, mr_str data, mr_str schema)
{
    mr_xrel *rel = MR_NEW(r->arena, mr_xrel);

    rel->kind = MR_R_LOCAL;
    rel->data = data;
    rel->schema_text = schema;
    rel->sql_start = rel->sql_stop = -1;
    return rel;
}

static mr_xrel *join_chunks(rpc *r, mr_xrel *left, mr_xrel *right)
{
    mr_xrel *rel = MR_NEW(r->arena, mr_xrel);

    rel->kind = MR_R_SET_OP;
    rel->set_op = 2;
    rel->is_all = true;
    rel->input = left;
    rel->right = right;
    rel->sql_start = rel->sql_stop = -1;
    return rel;
}

/* The union, as a balanced tree, of the chunks [from, to). */
static mr_status chunks(rpc *r, const mr_xrel *rel, mr_str schema, int range[2], mr_xrel **out,
                        mr_error *err)
{
    int middle = (range[0] + range[1]) / 2;
    mr_xrel *left;
    mr_xrel *right;
    mr_str bytes;

    if (range[1] - range[0] == 1) {
        MR_TRY(find_cached(r, rel->paths[range[0]], &bytes, err));
        *out = local(r, bytes, schema);
        return MR_OK;
    }
    MR_TRY(chunks(r, rel, schema, (int[2]){ range[0], middle }, &left, err));
    MR_TRY(chunks(r, rel, schema, (int[2]){ middle, range[1] }, &right, err));
    *out = join_chunks(r, left, right);
    return MR_OK;
}

/* 4.1: data in chunks, each an Arrow stream, and the schema apart. */
static mr_status resolve_chunked(rpc *r, const mr_xrel *rel, mr_xrel **out, mr_error *err)
{
    mr_str schema = { 0 };

    if (rel->text.len > 0)
        MR_TRY(find_cached(r, rel->text, &schema, err));
    if (!mr_pb_is_utf8(schema))
        return mr_fail(err, MR_CORRUPT, "the cached schema is not UTF-8");
    return chunks(r, rel, schema, (int[2]){ 0, rel->n_paths }, out, err);
}

/* Before 4.1: one LocalRelation message. */
static mr_status resolve_whole(rpc *r, const mr_xrel *rel, mr_xrel **out, mr_error *err)
{
    static const mr_pb_field fields[] = {
        MR_FIELD(1, "data", BYTES, MR_AT(mr_xrel, data)),
        MR_FIELD(2, "schema", STRING, MR_AT(mr_xrel, schema_text)),
    };
    static const mr_pb_table table = MR_TABLE("LocalRelation", mr_xrel, fields);
    mr_str bytes;

    MR_TRY(find_cached(r, rel->name, &bytes, err));
    *out = local(r, (mr_str){ 0 }, (mr_str){ 0 });
    MR_TRY(mr_pb_decode(&table, bytes, r->arena, *out, err));
    (*out)->kind = MR_R_LOCAL;
    (*out)->sql_start = (*out)->sql_stop = -1;
    return MR_OK;
}

static mr_status resolve_one(rpc *r, mr_xrel *rel, mr_error *err)
{
    mr_xrel *made;

    if (rel->n_paths > 0)
        MR_TRY(resolve_chunked(r, rel, &made, err));
    else
        MR_TRY(resolve_whole(r, rel, &made, err));
    made->has_plan_id = rel->has_plan_id;
    made->plan_id = rel->plan_id;
    *rel = *made;
    return MR_OK;
}

mr_status mr_connect_resolve_local(rpc *r, mr_xrel *rel, mr_error *err)
{
    if (rel == NULL)
        return MR_OK;
    if (rel->kind == MR_R_CACHED_LOCAL)
        return resolve_one(r, rel, err);
    MR_TRY(mr_connect_resolve_local(r, rel->input, err));
    MR_TRY(mr_connect_resolve_local(r, rel->right, err));
    for (int i = 0; i < rel->n_refs; i++)
        MR_TRY(mr_connect_resolve_local(r, rel->refs[i], err));
    return MR_OK;
}
