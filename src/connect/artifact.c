/* artifact.c - uploads: large local relations as cache/<sha256>; everything else is refused. */
#include <zlib.h>

#include "connect/connect_priv.h"

#define UPLOAD_MAX (256ULL << 20) /* bytes of one artifact in chunks */
#define NAMES_MAX  10000

/* The stream of one AddArtifacts call. */
typedef struct upload {
    rpc *r;
    mr_wire_artifact_state *states;
    int n_states;
    int capacity;
    mr_buf name; /* of the artifact in chunks */
    mr_buf data;
    int64_t chunks_left;
    bool ok;
} upload;

static bool is_crc(mr_wire_artifact artifact)
{
    return (int64_t)crc32_z(0, (const Bytef *)artifact.data.ptr, artifact.data.len) == artifact.crc;
}

/* pyfiles/, files/, archives/, jars/ are for Python and Java functions, which do not run here. */
static mr_status check_name(mr_str name, mr_error *err)
{
    if (!mr_str_starts(name, "cache/") || name.len < 7 || name.len > 256)
        return mr_fail(err, MR_UNSUPPORTED,
                       "artifacts other than cached local relations are not supported");
    return MR_OK;
}

static void store(upload *u, mr_str name, mr_str data, bool ok)
{
    rpc *r = u->r;

    if (ok)
        mr_session_cache(r->session->engine, mr_str_slice(name, 6, name.len), data);
    if (u->n_states == u->capacity) {
        int capacity = u->capacity == 0 ? 16 : u->capacity * 2;
        mr_wire_artifact_state *bigger = MR_NEW_ARRAY(r->arena, mr_wire_artifact_state, capacity);

        if (u->n_states > 0)
            memcpy(bigger, u->states, sizeof(*bigger) * (size_t)u->n_states);
        u->states = bigger;
        u->capacity = capacity;
    }
    u->states[u->n_states++] = (mr_wire_artifact_state){ mr_arena_str(r->arena, name), ok };
}

static mr_status take_batch(upload *u, const mr_wire_artifacts *message, mr_error *err)
{
    for (int i = 0; i < message->n_artifacts; i++) {
        mr_wire_artifact one = message->artifacts[i];

        MR_TRY(check_name(one.name, err));
        if (u->n_states >= NAMES_MAX)
            return mr_fail(err, MR_NOMEM, "too many artifacts in one call");
        store(u, one.name, one.data, is_crc(one));
    }
    return MR_OK;
}

static mr_status take_chunk(upload *u, mr_wire_artifact chunk, mr_error *err)
{
    if (u->chunks_left <= 0)
        return mr_fail(err, MR_INVALID, "a chunk without an artifact");
    if (u->data.len + chunk.data.len > UPLOAD_MAX)
        return mr_fail(err, MR_NOMEM, "an artifact is larger than %llu bytes", UPLOAD_MAX);
    u->ok = u->ok && is_crc(chunk);
    mr_buf_add(&u->data, chunk.data);
    if (--u->chunks_left == 0) {
        store(u, mr_buf_str(&u->name), mr_buf_str(&u->data), u->ok);
        mr_buf_clear(&u->data);
    }
    return MR_OK;
}

static mr_status begin_chunks(upload *u, const mr_wire_artifacts *message, mr_error *err)
{
    MR_TRY(check_name(message->first.name, err));
    if (u->chunks_left > 0)
        return mr_fail(err, MR_INVALID, "an artifact begins before the last one has ended");
    mr_buf_clear(&u->name);
    mr_buf_add(&u->name, message->first.name);
    u->chunks_left = message->num_chunks;
    u->ok = true;
    return take_chunk(u, message->first, err);
}

static mr_status enter(rpc *r, const mr_wire_artifacts *message, mr_error *err)
{
    if (r->session != NULL)
        return MR_OK;
    r->request.session_id = mr_arena_str(r->arena, message->session_id);
    r->request.user_id = mr_arena_str(r->arena, message->user_id);
    r->request.observed_session = mr_arena_str(r->arena, message->observed_session);
    return mr_connect_enter(r->server, &r->request, true, &r->session, err);
}

static mr_status take_message(upload *u, mr_str bytes, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_wire_artifacts message;
    mr_status status;

    status = mr_pb_decode(&mr_wire_artifacts_request, bytes, arena, &message, err);
    if (status == MR_OK)
        status = enter(u->r, &message, err);
    if (status == MR_OK && message.which == 3)
        status = take_batch(u, &message, err);
    else if (status == MR_OK && message.which == 4)
        status = begin_chunks(u, &message, err);
    else if (status == MR_OK)
        status = take_chunk(u, message.first, err);
    mr_arena_free(arena);
    return status;
}

static mr_status answer(upload *u, mr_error *err)
{
    rpc *r = u->r;
    mr_wire_artifact_response reply = { .states = u->states, .n_states = u->n_states };

    if (r->session == NULL)
        return mr_fail(err, MR_INVALID, "a request message is missing");
    reply.session_id = mr_str_from(r->session->id);
    reply.server_session = mr_str_from(r->session->server_id);
    return mr_connect_reply(r, &mr_wire_artifacts_reply, &reply, err);
}

void mr_connect_artifacts(rpc *r)
{
    upload u = { .r = r };
    mr_status status = MR_OK;
    mr_str bytes;

    while (status == MR_OK && mr_grpc_read(r->call, &bytes))
        status = take_message(&u, bytes, &r->error);
    if (status == MR_OK)
        status = answer(&u, &r->error);
    if (status != MR_OK)
        mr_connect_refuse(r);
    if (r->session != NULL)
        mr_connect_leave(r->server, r->session);
    mr_buf_free(&u.name);
    mr_buf_free(&u.data);
}

mr_status mr_connect_artifact_status(rpc *r, mr_error *err)
{
    const mr_wire_request *q = &r->request;
    mr_wire_artifact_response reply = { .session_id = mr_str_from(r->session->id),
                                        .server_session = mr_str_from(r->session->server_id) };

    reply.states = MR_NEW_ARRAY(r->arena, mr_wire_artifact_state, q->n_keys + 1);
    for (int i = 0; i < q->n_keys; i++) {
        mr_str name = q->keys[i];
        mr_str bytes;
        bool exists =
            mr_str_starts(name, "cache/") &&
            mr_session_cached(r->session->engine, mr_str_slice(name, 6, name.len), &bytes);

        reply.states[reply.n_states++] = (mr_wire_artifact_state){ name, exists };
    }
    return mr_connect_reply(r, &mr_wire_artifact_status_reply, &reply, err);
}
