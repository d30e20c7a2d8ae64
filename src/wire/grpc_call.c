/* grpc_call.c - one call: its messages in and out, its status. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "wire/grpc_priv.h"

/* Counts bytes held for the call; false = the server holds too much. */
static bool charge(mr_grpc_call *call, uint64_t n)
{
    uint64_t all = __atomic_add_fetch(&call->server->in_bytes, n, __ATOMIC_RELAXED);

    call->charged += n;
    return all <= IN_BYTES_MAX;
}

static void uncharge(mr_grpc_call *call, uint64_t n)
{
    if (n > call->charged)
        n = call->charged;
    call->charged -= n;
    __atomic_sub_fetch(&call->server->in_bytes, n, __ATOMIC_RELAXED);
}

mr_grpc_call *mr_grpc_call_new(connection *conn, int32_t stream_id)
{
    mr_grpc_call *call = mr_calloc(1, sizeof(*call));

    call->server = conn->server;
    call->conn = conn;
    call->stream_id = stream_id;
    call->refs = 1;
    pthread_mutex_init(&call->lock, NULL);
    pthread_cond_init(&call->changed, NULL);
    call->next = conn->calls;
    if (call->next != NULL)
        call->next->prev = call;
    conn->calls = call;
    return call;
}

static void free_chunks(chunk *c)
{
    while (c != NULL) {
        chunk *next = c->next;

        free(c);
        c = next;
    }
}

void mr_grpc_call_unref(mr_grpc_call *call)
{
    if (__atomic_sub_fetch(&call->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    uncharge(call, call->charged);
    free_chunks(call->in_first);
    free_chunks(call->out_first);
    free(call->current);
    mr_buf_free(&call->in);
    free(call->message);
    free(call->details);
    pthread_mutex_destroy(&call->lock);
    pthread_cond_destroy(&call->changed);
    free(call);
}

void mr_grpc_call_cancel(mr_grpc_call *call)
{
    pthread_mutex_lock(&call->lock);
    call->cancelled = true;
    free_chunks(call->out_first);
    call->out_first = call->out_last = NULL;
    call->out_bytes = 0;
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->lock);
}

static chunk *new_chunk(const void *bytes, size_t n)
{
    chunk *c = mr_malloc(sizeof(*c) + n + 1);

    c->next = NULL;
    c->len = n;
    if (n > 0)
        memcpy(c->bytes, bytes, n);
    return c;
}

/* Inflates a message; NULL = broken or larger than allowed (10 x compressed + 1 MiB). */
static chunk *inflate_message(const uint8_t *bytes, size_t n)
{
    size_t limit =
        n * 10 + (1U << 20) < MR_GRPC_MESSAGE_MAX ? n * 10 + (1U << 20) : MR_GRPC_MESSAGE_MAX;
    mr_buf out = { 0 };
    chunk *result = NULL;
    z_stream z = { 0 };
    int rc = Z_OK;

    if (n > UINT32_MAX || inflateInit2(&z, 15 + 32) != Z_OK)
        return NULL;
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    while (rc == Z_OK && out.len <= limit) {
        z.next_out = (Bytef *)mr_buf_reserve(&out, 65536);
        z.avail_out = 65536;
        rc = inflate(&z, Z_NO_FLUSH);
        out.len += 65536 - z.avail_out;
    }
    if (rc == Z_STREAM_END && out.len <= limit)
        result = new_chunk(out.ptr, out.len);
    inflateEnd(&z);
    mr_buf_free(&out);
    return result;
}

static void queue_message(mr_grpc_call *call, chunk *c)
{
    pthread_mutex_lock(&call->lock);
    if (call->in_last == NULL)
        call->in_first = c;
    else
        call->in_last->next = c;
    call->in_last = c;
    call->n_in++;
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->lock);
    mr_grpc_call_start(call);
}

static bool take_message(mr_grpc_call *call, bool compressed, const uint8_t *bytes, size_t n)
{
    chunk *c;

    if (!compressed) {
        c = new_chunk(bytes, n);
    } else if (call->encoding != 1) {
        mr_grpc_call_fail(call, MR_GRPC_INTERNAL, "compressed message without grpc-encoding");
        return false;
    } else if ((c = inflate_message(bytes, n)) == NULL) {
        mr_grpc_call_fail(call, MR_GRPC_RESOURCE_EXHAUSTED,
                          "a compressed message is broken or too large");
        return false;
    } else {
        pthread_mutex_lock(&call->lock);
        charge(call, c->len > n ? c->len - n : 0);
        pthread_mutex_unlock(&call->lock);
    }
    queue_message(call, c);
    return true;
}

static uint32_t message_length(const char *at)
{
    const uint8_t *p = (const uint8_t *)at;

    return (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4];
}

/* Moves complete messages from call->in to the queue. */
static bool split_messages(mr_grpc_call *call)
{
    size_t at = 0;

    while (call->in.len - at >= 5) {
        const char *head = call->in.ptr + at;
        uint32_t n = message_length(head);

        if ((uint8_t)head[0] > 1 || n > MR_GRPC_MESSAGE_MAX) {
            mr_grpc_call_fail(call, MR_GRPC_RESOURCE_EXHAUSTED,
                              "a message is larger than 134217728 bytes");
            return false;
        }
        if (call->in.len - at - 5 < n)
            break;
        if (!take_message(call, head[0] == 1, (const uint8_t *)head + 5, n))
            return false;
        at += 5 + (size_t)n;
    }
    if (at > 0) {
        memmove(call->in.ptr, call->in.ptr + at, call->in.len - at);
        call->in.len -= at;
    }
    return true;
}

bool mr_grpc_call_receive(mr_grpc_call *call, const uint8_t *bytes, size_t n)
{
    bool fits;

    pthread_mutex_lock(&call->lock);
    fits = charge(call, n);
    pthread_mutex_unlock(&call->lock);
    if (!fits) {
        mr_grpc_call_fail(call, MR_GRPC_RESOURCE_EXHAUSTED, "the server holds too many messages");
        return false;
    }
    mr_buf_append(&call->in, bytes, n);
    return split_messages(call);
}

void mr_grpc_call_end_input(mr_grpc_call *call)
{
    pthread_mutex_lock(&call->lock);
    call->in_ended = true;
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->lock);
    mr_grpc_call_start(call);
}

mr_str mr_grpc_path(const mr_grpc_call *call)
{
    return call->path;
}

bool mr_grpc_is_cancelled(mr_grpc_call *call)
{
    return call->cancelled;
}

const mr_flag *mr_grpc_cancel_flag(mr_grpc_call *call)
{
    return &call->cancelled;
}

bool mr_grpc_read(mr_grpc_call *call, mr_str *message)
{
    chunk *c;
    bool give_back;

    pthread_mutex_lock(&call->lock);
    if (call->current != NULL) {
        uncharge(call, call->current->len + 5);
        free(call->current);
        call->current = NULL;
    }
    while (!call->cancelled && !call->finished && call->in_first == NULL && !call->in_ended)
        pthread_cond_wait(&call->changed, &call->lock);
    c = call->cancelled || call->finished ? NULL : call->in_first;
    if (c != NULL) {
        call->in_first = c->next;
        if (call->in_first == NULL)
            call->in_last = NULL;
        call->n_in--;
        call->current = c;
        *message = (mr_str){ c->bytes, c->len };
    }
    give_back = call->unacknowledged > 0;
    pthread_mutex_unlock(&call->lock);
    if (give_back)
        mr_grpc_wake(call);
    return c != NULL;
}

bool mr_grpc_write(mr_grpc_call *call, mr_str message)
{
    chunk *c;
    uint32_t length = __builtin_bswap32((uint32_t)message.len);
    bool ok;

    MR_ASSERT(message.len <= MR_GRPC_MESSAGE_MAX);
    c = mr_malloc(sizeof(*c) + 5 + message.len);
    c->next = NULL;
    c->len = message.len + 5;
    c->bytes[0] = 0;
    memcpy(c->bytes + 1, &length, 4);
    if (message.len > 0)
        memcpy(c->bytes + 5, message.ptr, message.len);
    pthread_mutex_lock(&call->lock);
    while (!call->cancelled && !call->finished && call->out_bytes > OUT_BYTES_MAX)
        pthread_cond_wait(&call->changed, &call->lock);
    ok = !call->cancelled && !call->finished;
    if (ok) {
        if (call->out_last == NULL)
            call->out_first = c;
        else
            call->out_last->next = c;
        call->out_last = c;
        call->out_bytes += c->len;
    }
    pthread_mutex_unlock(&call->lock);
    if (ok)
        mr_grpc_wake(call);
    else
        free(c);
    return ok;
}

/* grpc-message: everything but printable ASCII is percent-encoded. */
static char *percent_encode(mr_str s)
{
    char *out = mr_malloc(s.len * 3 + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.ptr[i];

        if (c >= 0x20 && c < 0x7f && c != '%')
            out[n++] = (char)c;
        else
            n += (size_t)sprintf(out + n, "%%%02X", c);
    }
    out[n] = '\0';
    return out;
}

/* Base64 without padding. */
static char *base64_encode(mr_str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = mr_malloc(s.len / 3 * 4 + 5);
    size_t n = 0;

    for (size_t i = 0; i < s.len; i += 3) {
        size_t have = s.len - i < 3 ? s.len - i : 3;
        uint32_t bits = 0;

        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < have ? (uint8_t)s.ptr[i + k] : 0U);
        for (size_t k = 0; k <= have; k++)
            out[n++] = digits[bits >> (18 - 6 * k) & 0x3f];
    }
    out[n] = '\0';
    return out;
}

/* call->lock is held. */
static void set_status(mr_grpc_call *call, int status, mr_str message, mr_str details)
{
    if (call->has_status)
        return;
    call->has_status = true;
    call->status = status;
    call->message = message.len > 0 ? percent_encode(message) : NULL;
    call->details = details.len > 0 ? base64_encode(details) : NULL;
}

void mr_grpc_finish(mr_grpc_call *call, int status, mr_str message, mr_str details)
{
    pthread_mutex_lock(&call->lock);
    set_status(call, status, message, details);
    pthread_mutex_unlock(&call->lock);
}

void mr_grpc_call_fail(mr_grpc_call *call, int status, const char *message)
{
    pthread_mutex_lock(&call->lock);
    set_status(call, status, mr_str_from(message), (mr_str){ 0 });
    call->finished = true;
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->lock);
    mr_grpc_wake(call);
}
