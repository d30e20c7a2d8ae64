/* fuzz_sql.c - any bytes as a script and as an expression: no crash, no error without a text. */
#include "sql/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_str text = { (const char *)data, size };
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_statement *statements;
    mr_buf printed = { 0 };
    mr_xexpr *e;
    int n;

    if (mr_sql_parse_script(arena, text, &statements, &n, &err) != MR_OK)
        MR_ASSERT(err.message[0] != '\0');
    if (mr_sql_parse_expr(arena, text, &e, &err) == MR_OK)
        mr_xexpr_print(e, &printed);
    else
        MR_ASSERT(err.message[0] != '\0');
    mr_buf_free(&printed);
    mr_arena_free(arena);
    return 0;
}
