/* fuzz_wire.c - requests from hostile clients: the first byte chooses the message. */
#include "wire/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const mr_pb_table *const tables[] = {
        &mr_wire_execute_request, &mr_wire_analyze_request,   &mr_wire_config_request,
        &mr_wire_release_request, &mr_wire_interrupt_request, &mr_wire_artifacts_request,
        &mr_wire_execute_reply,
    };
    union {
        mr_wire_request request;
        mr_wire_artifacts artifacts;
        mr_wire_execute_response reply;
    } object;
    const mr_pb_table *table;
    mr_arena *arena;
    mr_error err;

    if (size == 0)
        return 0;
    table = tables[data[0] % (sizeof(tables) / sizeof(tables[0]))];
    arena = mr_arena_new();
    if (mr_pb_decode(table, (mr_str){ (const char *)data + 1, size - 1 }, arena, &object, &err) ==
        MR_OK) {
        mr_buf out = { 0 };
        mr_status status = mr_pb_encode(table, &object, arena, &out, &err);

        if (status == MR_OK)
            status = mr_pb_decode(table, mr_buf_str(&out), arena, &object, &err);
        mr_buf_free(&out);
    }
    mr_arena_free(arena);
    return 0;
}
