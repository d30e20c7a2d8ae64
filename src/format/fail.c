/* fail.c - FAILFAST: the malformed row in the words of Spark's InternalRow. */
#include <stdio.h>

#include "format/format_priv.h"
#include "value/number.h"

static void print_cell(const mr_col *col, int32_t row, mr_buf *out)
{
    char text[64];

    if (!col->valid[row]) {
        mr_buf_puts(out, "null");
        return;
    }
    switch (col->type->id) {
    case MR_TYPE_BOOLEAN:
        mr_buf_puts(out, col->u8[row] ? "true" : "false");
        return;
    case MR_TYPE_BYTE:
        mr_buf_printf(out, "%d", col->i8[row]);
        return;
    case MR_TYPE_SHORT:
        mr_buf_printf(out, "%d", col->i16[row]);
        return;
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
        mr_buf_printf(out, "%d", col->i32[row]);
        return;
    case MR_TYPE_LONG:
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
        mr_buf_printf(out, "%lld", (long long)col->i64[row]);
        return;
    case MR_TYPE_FLOAT:
        mr_buf_append(out, text, mr_number_print_float(col->f32[row], text));
        return;
    case MR_TYPE_DOUBLE:
        mr_buf_append(out, text, mr_number_print_double(col->f64[row], text));
        return;
    case MR_TYPE_DECIMAL:
        mr_buf_append(out, text, mr_number_print_decimal(col->i128[row], col->type->scale, text));
        return;
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
        mr_buf_add(out, col->str[row]);
        return;
    case MR_TYPE_STRUCT:
        mr_buf_putc(out, '[');
        for (int i = 0; i < col->n_children; i++) {
            if (i > 0)
                mr_buf_putc(out, ',');
            print_cell(&col->children[i], row, out);
        }
        mr_buf_putc(out, ']');
        return;
    default:
        mr_buf_puts(out, "...");
        return;
    }
}

mr_status mr_fail_malformed(const mr_col *cols, int32_t n_cols, int32_t row, bool blank,
                            mr_error *err)
{
    mr_buf text = { 0 };
    mr_status status;

    mr_buf_putc(&text, '[');
    for (int32_t i = 0; i < n_cols; i++) {
        if (i > 0)
            mr_buf_putc(&text, ',');
        if (blank)
            mr_buf_puts(&text, "null");
        else
            print_cell(&cols[i], row, &text);
    }
    mr_buf_putc(&text, ']');
    status = mr_raise(err, MR_EXC_SPARK, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                      "badRecord", mr_buf_cstr(&text), "failFastMode", "FAILFAST", NULL);
    mr_buf_free(&text);
    return status;
}
