/* config.c - the Config RPC: runtime configuration of a session. */
#include <stdlib.h>

#include "connect/connect_priv.h"

typedef struct answer {
    rpc *r;
    mr_wire_config_response reply;
    int pairs_capacity;
    int warnings_capacity;
} answer;

static void add_pair(answer *a, mr_str key, mr_str value, bool has_value)
{
    mr_arena *arena = a->r->arena;

    MR_PUSH(a->reply.pairs, a->reply.n_pairs, a->pairs_capacity,
            (mr_wire_pair){ .key = mr_arena_str(arena, key),
                            .has_value = has_value,
                            .value = mr_arena_str(arena, value) });
}

/* With `silent` a key that cannot be set is a warning. */
static mr_status set(answer *a, mr_error *err)
{
    const mr_wire_request *q = &a->r->request;

    for (int i = 0; i < q->n_pairs; i++) {
        mr_option_pair pair = q->pairs[i];
        mr_status status = mr_session_set(a->r->session->engine, pair.key, pair.value, err);

        if (status == MR_OK)
            continue;
        if (!q->silent)
            return status;
        MR_PUSH(a->reply.warnings, a->reply.n_warnings, a->warnings_capacity,
                mr_arena_str(a->r->arena, mr_str_from(err->message)));
    }
    return MR_OK;
}

static mr_status get(answer *a, mr_error *err)
{
    const mr_wire_request *q = &a->r->request;

    for (int i = 0; i < q->n_keys; i++) {
        mr_str value;

        if (!mr_session_get(a->r->session->engine, q->keys[i], a->r->arena, &value)) {
            mr_str quoted = mr_arena_printf(a->r->arena, "\"%.*s\"", MR_STR_ARG(q->keys[i]));

            return mr_raise(err, MR_EXC_NO_SUCH_ELEMENT, "SQL_CONF_NOT_FOUND", "sqlConf",
                            quoted.ptr, NULL);
        }
        add_pair(a, q->keys[i], value, true);
    }
    return MR_OK;
}

/* get_with_default: the second of a pair stands in for a key that is not there. */
static void get_pairs(answer *a)
{
    const mr_wire_request *q = &a->r->request;

    for (int i = 0; i < q->n_pairs; i++) {
        mr_str value;
        bool found = mr_session_get(a->r->session->engine, q->pairs[i].key, a->r->arena, &value);

        add_pair(a, q->pairs[i].key, found ? value : q->pairs[i].value, true);
    }
}

static void get_options(answer *a)
{
    const mr_wire_request *q = &a->r->request;

    for (int i = 0; i < q->n_keys; i++) {
        mr_str value = { 0 };
        bool found = mr_session_get(a->r->session->engine, q->keys[i], a->r->arena, &value);

        add_pair(a, q->keys[i], value, found);
    }
}

/* get_all: keys come back without the prefix that was asked for. */
static void visit(void *data, mr_str key, mr_str value)
{
    answer *a = data;

    add_pair(a, mr_str_slice(key, a->r->request.prefix.len, key.len), value, true);
}

static void unset(answer *a)
{
    const mr_wire_request *q = &a->r->request;

    for (int i = 0; i < q->n_keys; i++)
        mr_session_unset(a->r->session->engine, q->keys[i]);
}

static void ask_modifiable(answer *a)
{
    const mr_wire_request *q = &a->r->request;

    for (int i = 0; i < q->n_keys; i++) {
        bool yes = mr_session_is_modifiable(a->r->session->engine, q->keys[i]);

        add_pair(a, q->keys[i], yes ? MR_STR("true") : MR_STR("false"), true);
    }
}

static mr_status run(answer *a, mr_error *err)
{
    switch (a->r->request.which) {
    case 1:
        return set(a, err);
    case 2:
        return get(a, err);
    case 3:
        get_pairs(a);
        return MR_OK;
    case 4:
        get_options(a);
        return MR_OK;
    case 5:
        mr_session_each(a->r->session->engine, a->r->request.prefix, visit, a);
        return MR_OK;
    case 6:
        unset(a);
        return MR_OK;
    case 7:
        ask_modifiable(a);
        return MR_OK;
    default:
        return mr_fail(err, MR_UNSUPPORTED, "this operation of Config is not supported");
    }
}

mr_status mr_connect_config(rpc *r, mr_error *err)
{
    answer a = { .r = r };
    mr_status status;

    a.reply.session_id = mr_str_from(r->session->id);
    a.reply.server_session = mr_str_from(r->session->server_id);
    status = run(&a, err);
    if (status == MR_OK)
        status = mr_connect_reply(r, &mr_wire_config_reply, &a.reply, err);
    free(a.reply.pairs);
    free(a.reply.warnings);
    return status;
}
